import type { DynamoDBRecord } from 'aws-lambda';
import { isEnded } from '../contract/index.ts';
import { type Item, type JobRecord, readRecord, STATE } from '../state/index.ts';
import type { UnfinishedJob } from './errors.ts';

/** The job table as its stream tells it: every record as it was written last. */
export class JobsSeen {
  readonly #records = new Map<string, JobRecord>();

  note(changes: readonly DynamoDBRecord[]): void {
    for (const { dynamodb } of changes) {
      if (dynamodb?.Keys?.['sk']?.S !== STATE) continue;
      const pk = dynamodb.Keys['pk']?.S ?? '';
      if (dynamodb.NewImage) this.#records.set(pk, readRecord(dynamodb.NewImage as Item));
      else this.#records.delete(pk);
    }
  }

  get size(): number {
    return this.#records.size;
  }

  /** In the order in which they were enqueued. */
  all(): JobRecord[] {
    return [...this.#records.values()];
  }

  get(id: string): JobRecord | undefined {
    return this.all().find((record) => record.id === id);
  }

  unended(): JobRecord[] {
    return this.all().filter(({ status }) => !isEnded(status));
  }

  /** Records of ended jobs that DynamoDB would have deleted by now (milliseconds since the epoch). */
  expired(now: number): JobRecord[] {
    return this.all().filter(({ expiresAt }) => expiresAt !== undefined && expiresAt * 1000 <= now);
  }
}

/** What a job that has not ended waits for. */
export function unfinished(record: JobRecord, now: number): UnfinishedJob {
  const { id, type, status, attempts, runAt, leaseUntil = 0, error } = record;
  const time = (ms: number) => new Date(ms).toISOString();
  const tell = (waitsFor: string, until?: number): UnfinishedJob => ({
    ...{ id, type, status, waitsFor, until: until === undefined ? undefined : new Date(until) },
  });
  if (status === 'blocked') return tell('is blocked by other jobs');
  if (status === 'running') {
    const lease = `its lease ${leaseUntil > now ? 'ends' : 'ended'} at ${time(leaseUntil)}`;
    return tell(`is running attempt ${attempts + 1}; ${lease}`, leaseUntil);
  }
  const after =
    attempts === 0 ? '' : ` after attempt ${attempts}${error ? ` (${error.name}: ${error.message})` : ''}`;
  if (runAt > now) return tell(`is ${status}${after} until ${time(runAt)}`, runAt);
  return tell(`is ${status}${after}, due since ${time(runAt)}`, runAt);
}
