import type { DynamoDBRecord } from 'aws-lambda';
import type { Clock } from '../contract/index.ts';
import type { LoggerFactory } from '../observe/index.ts';
import { RecordUnreadableError } from '../state/index.ts';

/** How long what has another way holds up the changes behind it in the stream, in milliseconds. */
const PATIENCE = 300_000;
/** How long one that was given up speaks for those of its kind that come later, in milliseconds. */
const SPEAKS = 3_600_000;
/** Longer than the stream has a change tried: by then others tried it, or nobody does any more. */
const FORGOTTEN = 86_400_000;

/** What is asked of EventBridge Scheduler. */
export type Asked = 'one-time schedule' | 'schedule';

/**
 * Since when each change has been tried in vain, by this process: the stream has one process at a time try those of a shard,
 * and another begins to count anew. How old a change is says nothing: while the function is behind, all of them are.
 *
 * Once one was given up, those of its kind that fail as well are given up at once, until one of them is done: an outage holds
 * the stream up once, however many batches come in it.
 */
export class HeldUp {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();
  /** When one of the kind was given up last. */
  readonly #givenUp = new Map<Asked, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of a change that failed just now: whether it is to be given up, because it, or one of its kind, has for long enough. */
  long(change: DynamoDBRecord, kind?: Asked): boolean {
    const now = this.#clock.now();
    for (const [key, since] of this.#since) if (now - since > FORGOTTEN) this.#since.delete(key);
    const since = this.#since.get(keyOf(change)) ?? now;
    this.#since.set(keyOf(change), since);
    const before = kind === undefined ? undefined : this.#givenUp.get(kind);
    const long = now - since >= PATIENCE || (before !== undefined && now - before < SPEAKS);
    if (long && kind !== undefined) this.#givenUp.set(kind, now);
    return long;
  }

  /** EventBridge Scheduler did one of the kind. */
  done(kind: Asked): void {
    this.#givenUp.delete(kind);
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
    heldUp,
    change,
    logger,
    line,
  }: {
    readonly heldUp: HeldUp;
    readonly change: DynamoDBRecord;
    readonly logger: LoggerFactory;
    /** What is given up. */
    readonly line: Readonly<Record<string, string | number | undefined>> & { readonly change: Asked };
  },
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
    heldUp.done(line.change);
  } catch (error) {
    if (error instanceof RecordUnreadableError || !heldUp.long(change, line.change)) throw error;
    logger.error('change given up', { ...line, error_message: String(error) });
  }
}

function keyOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}
