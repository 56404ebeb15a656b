import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { JobLogger } from '../../../lib/observe/index.ts';
import { type ObjectAddress, writeObject } from './objects.ts';
import { outcomeOfS3Error } from './s3-errors.ts';

/** Bytes of a part. S3 takes 5 MiB to 5 GiB (the last may be smaller) and 10,000 parts: this reaches 78 GiB. */
const PART_BYTES = 8 * 1024 * 1024;

/**
 * Writes an object from chunks while they come, one part in memory: in one put when it all fits a part, else as a multipart
 * upload, which is called off when anything fails, so that no parts stay behind and cost. The object appears whole or not at all.
 * Throws what the chunks throw, or the outcome that S3's refusal stands for.
 */
export async function writeChunks(
  address: ObjectAddress,
  {
    chunks,
    contentType,
    logger,
    partBytes = PART_BYTES,
  }: {
    chunks: AsyncIterable<Buffer>;
    contentType: string;
    logger: JobLogger;
    /** @default 8 MiB */
    partBytes?: number;
  },
): Promise<{ bytes: number }> {
  let upload: MultipartUpload | undefined;
  let pending: Buffer[] = [];
  let size = 0;
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      pending.push(chunk);
      size += chunk.length;
      bytes += chunk.length;
      if (size < partBytes) continue;
      upload ??= await startUpload(address, contentType);
      await upload.add(Buffer.concat(pending, size));
      pending = [];
      size = 0;
    }
    const rest = Buffer.concat(pending, size);
    if (upload === undefined) {
      await writeObject(address, { body: rest, contentType });
      return { bytes };
    }
    if (rest.length > 0) await upload.add(rest);
    await upload.complete();
    return { bytes };
  } catch (error) {
    await upload?.abort(logger);
    throw outcomeOfS3Error(error, `Writing s3://${address.bucket}/${address.key}`);
  }
}

interface MultipartUpload {
  add(part: Buffer): Promise<void>;
  complete(): Promise<void>;
  /** Gives the parts back. Where that fails too, it says so and leaves them to the bucket's lifecycle rule. */
  abort(logger: JobLogger): Promise<void>;
}

async function startUpload({ s3, bucket, key, signal }: ObjectAddress, contentType: string) {
  const object = { Bucket: bucket, Key: key };
  const options = { abortSignal: signal };
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ ...object, ContentType: contentType, ChecksumAlgorithm: 'CRC32' }),
    options,
  );
  const parts: CompletedPart[] = [];
  const upload: MultipartUpload = {
    async add(part) {
      const PartNumber = parts.length + 1;
      const { ETag, ChecksumCRC32 } = await s3.send(
        new UploadPartCommand({ ...object, UploadId, PartNumber, Body: part, ChecksumAlgorithm: 'CRC32' }),
        options,
      );
      parts.push({ PartNumber, ETag, ChecksumCRC32 });
    },
    async complete() {
      const MultipartUpload = { Parts: parts };
      await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }), options);
    },
    async abort(logger) {
      // Without the job's signal: that it fired may be why we are here.
      const aborted = s3.send(new AbortMultipartUploadCommand({ ...object, UploadId }));
      await aborted.catch((error: unknown) => logger.warn('parts left behind', { key, UploadId, error }));
    },
  };
  return upload;
}
