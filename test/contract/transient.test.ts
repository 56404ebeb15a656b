import { describe, expect, it } from 'vitest';
import { isTransient } from '../../lib/contract/index.ts';

const failed = (fields: object) => Object.assign(new Error('it'), fields);
const client = { $fault: 'client', $metadata: { httpStatusCode: 400 } };

describe('a failed call to AWS', () => {
  it.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH'].map(
      (code) => ({
        code,
      }),
    ),
    { name: 'TimeoutError', $metadata: { attempts: 3 } },
    { ...client, name: 'ThrottlingException' },
    { ...client, name: 'ProvisionedThroughputExceededException' },
    { ...client, name: 'RequestLimitExceeded' },
    { ...client, name: 'TransactionConflictException' },
    { ...client, name: 'AnyOther', $retryable: {} },
    { ...client, name: 'AnyOther', $metadata: { httpStatusCode: 429 } },
    { name: 'InternalServerError', $fault: 'server' },
    { name: 'AnyOther', $metadata: { httpStatusCode: 503 } },
    {
      ...{ ...client, name: 'TransactionCanceledException' },
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
    },
  ])('may go through later with nothing changed: %j', (fields) => {
    expect(isTransient(failed(fields))).toBe(true);
  });

  it.each([
    { ...client, name: 'ExpiredTokenException' },
    { ...client, name: 'UnrecognizedClientException' },
    { ...client, name: 'ValidationException' },
    { name: 'CredentialsProviderError', tryNextLink: false },
    {
      ...{ ...client, name: 'TransactionCanceledException' },
      CancellationReasons: [{ Code: 'ThrottlingError' }, { Code: 'ValidationError' }],
    },
    { ...client, name: 'TransactionCanceledException' },
    { code: 'ENOENT' },
    { name: 'TypeError' },
  ])('does not without a change: %j', (fields) => {
    expect(isTransient(failed(fields))).toBe(false);
  });

  it.each(['ECONNREFUSED', undefined, null, { code: 'ECONNREFUSED' }])(
    'is an error, which %j is not',
    (thrown) => {
      expect(isTransient(thrown)).toBe(false);
    },
  );
});
