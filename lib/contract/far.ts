import { LIMITS } from './limits.ts';

/**
 * Whether a dispatch is too far away for a message: SQS delays one by 15 minutes at most (SendMessage, API reference).
 * Both in milliseconds since the epoch.
 */
export function isFar(runAt: number, now: number): boolean {
  return runAt - now > LIMITS.sqsDelay;
}
