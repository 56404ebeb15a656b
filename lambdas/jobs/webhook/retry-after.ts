/**
 * How long a receiver may put us off, in milliseconds: at least a second, so that no receiver makes us spin, and at most
 * 15 minutes, so that none parks our jobs for a year.
 */
export const RETRY_AFTER = { min: 1_000, max: 900_000 } as const;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds within the bounds above: seconds, or an HTTP date
 * (RFC 9110, section 10.2.3). Undefined where the header is missing or neither of them.
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const asked = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : httpDate(text) - now;
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, RETRY_AFTER.min), RETRY_AFTER.max);
}

function httpDate(text: string): number {
  // Date.parse takes far more than HTTP dates; all that are not obsolete end in GMT.
  return /^[A-Z][a-z]{2,8}, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
}
