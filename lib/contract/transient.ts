/** How Node says that the other side was not reached, or broke off. */
const NETWORK: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
]);

/** How AWS's services say that it was too much, or too slow, at that moment; the SDK tries these again, too. */
const THROTTLED: ReadonlySet<string> = new Set([
  ...['BandwidthLimitExceeded', 'EC2ThrottledException', 'LimitExceededException', 'PriorRequestNotComplete'],
  ...['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'RequestThrottled', 'SlowDown'],
  ...['RequestThrottledException', 'ThrottledException', 'Throttling', 'ThrottlingException'],
  ...['TooManyRequestsException', 'TransactionInProgressException', 'TransactionConflictException'],
  ...['RequestTimeout', 'RequestTimeoutException'],
]);

/** Reasons of a cancelled transaction that another try may not meet (TransactWriteItems, API reference). */
const PASSING: ReadonlySet<string | undefined> = new Set([
  ...['TransactionConflict', 'ProvisionedThroughputExceeded', 'ThrottlingError'],
]);

interface SdkError extends Error {
  readonly code?: unknown;
  readonly $fault?: 'client' | 'server';
  readonly $retryable?: object;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

/** Whether nobody answered, or not to the end: a failure of the network, as Node or the SDK reports it. */
export function isNetworkError(error: Error): boolean {
  // The SDK's own name for what took too long, or broke off.
  const late = error.name === 'TimeoutError' && '$metadata' in error;
  return late || NETWORK.has((error as SdkError).code);
}

/** Whether a call to AWS that failed so may go through later with nothing changed. Credentials that expired do not come back. */
export function isTransient(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { name, $fault, $retryable, $metadata, CancellationReasons = [] } = thrown as SdkError;
  const status = $metadata?.httpStatusCode ?? 0;
  if (isNetworkError(thrown) || THROTTLED.has(name)) return true;
  if ($retryable !== undefined || $fault === 'server' || status === 429 || status >= 500) return true;
  const reasons = CancellationReasons.map(({ Code }) => Code).filter((code) => code && code !== 'None');
  return reasons.length > 0 && reasons.every((code) => PASSING.has(code));
}
