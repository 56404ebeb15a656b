/**
 * What a call to AWS may take, in milliseconds, as the SDK's clients take it (`requestHandler`): a connection three seconds, an
 * answer, or the next part of it, ten. The SDK tries again then, as after any lost answer. Without limits of its own it waits for 300 seconds
 * (DynamoDB) or 900 (SQS) at a socket that has died: longer than an invocation lives, and any lease of it.
 */
export const CALL_LIMITS = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  // An answer that stops coming in the middle.
  socketTimeout: 10_000,
  // Else the SDK only says so in the log, and goes on waiting.
  throwOnRequestTimeout: true,
} as const;

/** Of a call that others wait for and that has another way: no answer for three seconds is none. */
export const SHORT_CALL_LIMITS = { ...CALL_LIMITS, requestTimeout: 3_000, socketTimeout: 3_000 } as const;
