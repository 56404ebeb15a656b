import { addAbortSignal, Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { outcomeOfS3Error } from './s3-errors.ts';

/** An object's place, and the client and signal to reach it with. */
export interface ObjectAddress {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly signal: AbortSignal;
}

/** The object's bytes as they arrive. Throws the outcome that S3's refusal stands for. */
export async function readObject({ s3, bucket, key, signal }: ObjectAddress): Promise<Readable> {
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body } = await s3.send(command, { abortSignal: signal });
    if (Body instanceof Readable) return addAbortSignal(signal, Body);
    throw new TypeError(`S3 returned no stream for s3://${bucket}/${key}`);
  } catch (error) {
    throw outcomeOfS3Error(error, `Reading s3://${bucket}/${key}`);
  }
}

/** Writes the object whole, over what is there. Throws the outcome that S3's refusal stands for. */
export async function writeObject(
  { s3, bucket, key, signal }: ObjectAddress,
  { body, contentType }: { body: string | Buffer; contentType: string },
): Promise<void> {
  try {
    const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType });
    await s3.send(command, { abortSignal: signal });
  } catch (error) {
    throw outcomeOfS3Error(error, `Writing s3://${bucket}/${key}`);
  }
}
