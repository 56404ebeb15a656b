import { S3ServiceException } from '@aws-sdk/client-s3';
import { Fail, Retry } from '../../../lib/contract/index.ts';

/** S3's names for "not there"; HeadObject has no body to carry a longer one. */
const MISSING = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);
/** S3's names for "slower": Amazon S3 API Reference, List of error codes. */
const THROTTLED = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequests',
]);

export function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && MISSING.has(error.name);
}

/**
 * The outcome that an error of S3 stands for: what is missing stays missing and fails; throttling and S3's own failures are
 * tried again by the type's backoff. Anything else comes back as it is.
 *
 * @param doing what was tried, such as "reading s3://bucket/key"
 */
export function outcomeOfS3Error(error: unknown, doing: string): unknown {
  if (isMissing(error)) return new Fail(`${doing}: it does not exist`, { cause: error });
  if (!(error instanceof S3ServiceException)) return error;
  const { name, $metadata } = error;
  if (THROTTLED.has(name) || ($metadata.httpStatusCode ?? 0) >= 500) {
    return new Retry({ message: `${doing}: S3 answered ${name}`, cause: error });
  }
  return error;
}
