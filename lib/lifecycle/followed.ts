import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import type { Clock } from '../contract/index.ts';

/** Longer than the stream has a change tried, in milliseconds: it comes no more. */
const FORGOTTEN = 86_400_000;

/**
 * The changes that this process followed behind one that failed. The stream has all of them come again with that one, at
 * each of its tries: they are not followed again. Another process does not know of them, and follows them once more.
 */
export class Followed {
  readonly #clock: Clock;
  /** When each was followed. */
  readonly #at = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Follows a change, unless it was. */
  async once(change: DynamoDBRecord, follow: (change: DynamoDBRecord) => Promise<void>): Promise<void> {
    const sequence = change.dynamodb?.SequenceNumber;
    if (sequence !== undefined && this.#at.has(sequence)) return;
    await follow(change);
    if (sequence !== undefined) this.#at.set(sequence, this.#clock.now());
  }

  /** Forgets what does not come again: what stands before the change that the stream is to go on from. */
  answered(batch: readonly DynamoDBRecord[], { batchItemFailures: [first] }: DynamoDBBatchResponse): void {
    for (const { dynamodb } of batch) {
      const { SequenceNumber: sequence = '' } = dynamodb ?? {};
      if (first && sequence === first.itemIdentifier) break;
      this.#at.delete(sequence);
    }
    const now = this.#clock.now();
    for (const [sequence, at] of this.#at) if (now - at > FORGOTTEN) this.#at.delete(sequence);
  }
}
