import type { SQSRecord } from 'aws-lambda';
import { DEFAULTS } from '../contract/index.ts';

/** How often the queue has delivered this message, this time included. */
export function receivesOf({ attributes }: SQSRecord): number {
  return Number(attributes.ApproximateReceiveCount) || 1;
}

/** Whether the message came often enough in vain for its job to go first, or to get another message. */
export function isStarved(source: SQSRecord): boolean {
  return receivesOf(source) >= DEFAULTS.starvedReceives;
}

/**
 * How long a message stays away that this worker can do nothing for, in milliseconds: twice as long each time that it comes,
 * so that the receives before its dead-letter queue last longer than a fault that passes.
 */
export function waitAfter(receives: number): number {
  return Math.min(DEFAULTS.releaseDelay * 2 ** (receives - 1), DEFAULTS.releaseCap);
}
