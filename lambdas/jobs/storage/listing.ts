import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectAddress } from './objects.ts';
import { isMissing, outcomeOfS3Error } from './s3-errors.ts';

export interface ListedObject {
  readonly key: string;
  readonly lastModified: Date;
}

/** Every object under a prefix, in the order of S3: by the UTF-8 bytes of the key. Reads page after page. */
export async function* listObjects({
  s3,
  bucket,
  prefix,
  signal,
}: {
  s3: S3Client;
  bucket: string;
  prefix: string;
  signal: AbortSignal;
}): AsyncGenerator<ListedObject> {
  let ContinuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken });
    const page = await s3.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw outcomeOfS3Error(error, `Listing s3://${bucket}/${prefix}`);
    });
    for (const { Key, LastModified } of page.Contents ?? []) {
      if (Key !== undefined && LastModified !== undefined) yield { key: Key, lastModified: LastModified };
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/**
 * Whether the object is there. S3 says so only to those who may list the bucket (`s3:ListBucket`); to others what is missing is
 * forbidden, which throws.
 */
export async function objectExists({ s3, bucket, key, signal }: ObjectAddress): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw outcomeOfS3Error(error, `Looking for s3://${bucket}/${key}`);
  }
}
