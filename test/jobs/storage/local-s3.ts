import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type FauxqsServer, startFauxqs } from 'fauxqs';

const BUCKET = 'files';

/** S3 in this process on a free port, with one bucket. */
export class LocalS3 implements AsyncDisposable {
  readonly bucket = BUCKET;
  readonly s3: S3Client;
  #server: FauxqsServer;

  private constructor(server: FauxqsServer) {
    this.#server = server;
    this.s3 = clientOf(server.address);
  }

  static async start(): Promise<LocalS3> {
    const server = await startFauxqs({ port: 0, logger: false, init: { buckets: [BUCKET] } });
    return new LocalS3(server);
  }

  async put(key: string, body: string | Buffer): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  }

  async get(key: string): Promise<{ text: string; contentType: string | undefined }> {
    const { Body, ContentType } = await this.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    return { text: (await Body?.transformToString()) ?? '', contentType: ContentType };
  }

  clear(): void {
    this.#server.emptyBucket(BUCKET);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.s3.destroy();
    await this.#server.stop();
  }
}

/** A client that asks once: what a test makes fail, fails. An address of digits makes the SDK use paths for buckets. */
export function clientOf(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}
