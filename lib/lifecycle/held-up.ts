import type { DynamoDBRecord } from 'aws-lambda';
import type { Clock } from '../contract/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import { RecordUnreadableError } from '../state/index.ts';

/** How long what has another way holds up the changes behind it in the stream, in milliseconds. */
const PATIENCE = 300_000;
/** Longer than the stream has a change tried: by then others tried it, or nobody does any more. */
const FORGOTTEN = 86_400_000;

/**
 * Since when each change has been tried in vain, by this process: the stream has one process at a time try those of a shard,
 * and another begins to count anew. How old a change is says nothing: while the function is behind, all of them are.
 */
export class HeldUp {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of a change that failed just now: whether it has for long enough. */
  long(change: DynamoDBRecord): boolean {
    const now = this.#clock.now();
    for (const [key, since] of this.#since) if (now - since > FORGOTTEN) this.#since.delete(key);
    const since = this.#since.get(keyOf(change)) ?? now;
    this.#since.set(keyOf(change), since);
    return now - since >= PATIENCE;
  }

  followed(change: DynamoDBRecord): void {
    this.#since.delete(keyOf(change));
  }
}

/**
 * Does what a change asks of EventBridge Scheduler. The stream tries a change for almost a day; where Scheduler does not
 * answer for so long, the jobs behind it are not to wait: the sweeper asks again, or nothing needs it.
 */
export async function forAWhile(
  {
    held,
    logger,
    line,
  }: {
    /** Whether it has failed for long enough. */
    readonly held: () => boolean;
    readonly logger: LoggerFactory;
    /** What is given up. */
    readonly line: Readonly<Record<string, string | number | undefined>>;
  },
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof RecordUnreadableError || !held()) throw error;
    logger.error('change given up', { ...line, error_message: String(error) });
  }
}

function keyOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}
