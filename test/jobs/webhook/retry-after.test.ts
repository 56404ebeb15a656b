import { describe, expect, it } from 'vitest';
import { RETRY_AFTER, retryAfter } from '../../../lambdas/jobs/webhook/retry-after.ts';

const now = Date.parse('2026-11-01T12:00:00Z');

describe('Retry-After', () => {
  it('reads seconds', () => expect(retryAfter('120', now)).toBe(120_000));

  it('reads an HTTP date', () => {
    expect(retryAfter('Sun, 01 Nov 2026 12:05:00 GMT', now)).toBe(300_000);
  });

  it('waits at least a second, also for a date that has passed', () => {
    expect(retryAfter('0', now)).toBe(RETRY_AFTER.min);
    expect(retryAfter('Sun, 01 Nov 2026 11:00:00 GMT', now)).toBe(RETRY_AFTER.min);
  });

  it('waits at most its bound', () => {
    expect(retryAfter('86400', now)).toBe(RETRY_AFTER.max);
    expect(retryAfter('Mon, 01 Nov 2027 12:00:00 GMT', now)).toBe(RETRY_AFTER.max);
  });

  it.each([undefined, '', 'soon', '-5', '1.5', '2026-11-02', 'Someday, maybe GMT', '1'.repeat(400)])(
    'leaves the wait to the policy for %j',
    (header) => expect(retryAfter(header, now)).toBeUndefined(),
  );
});
