import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { STACK_DEFAULTS } from '../../../lib/constructs/defaults.ts';
import { type Change, jobIdOf } from '../aws/job-store.ts';
import type { World } from '../world/world.ts';
import type { LambdaFunction } from './function.ts';

export interface StreamSourceOptions {
  readonly world: World;
  readonly target: LambdaFunction;
  /** Hears of records that were given up: they are in the failure queue, for people to look at. */
  readonly givenUp: (jobs: readonly string[]) => void;
  readonly again: (jobs: readonly string[]) => void;
  /** Faults that struck the function behind it so far. */
  readonly faults: () => number;
  /** Whether that function may be leaving EventBridge Scheduler alone for a fault of before. */
  readonly sparesScheduler: () => boolean;
  /** Hears of a batch that it did not follow although no fault struck it. */
  readonly failed: (jobs: readonly string[], how: string) => void;
}

interface StreamRecord {
  readonly record: DynamoDBRecord;
  readonly jobs: readonly string[];
  readonly at: number;
  /** When it came to the stream. */
  readonly since: number;
  /** Whether the function behind the stream had it before. */
  given: boolean;
}

interface Shard {
  readonly name: string;
  records: StreamRecord[];
  running: boolean;
}

const BATCH = 100;
/** As the stack has it. */
const RECORD_AGE = STACK_DEFAULTS.streamRecordAge * 1_000;
/** Between two tries at most. */
const LONGEST_WAIT = 600_000;

/** The table's stream and Lambda's event source of it: two shards, each in order, from the first failed record again. */
export class StreamSource {
  readonly #options: StreamSourceOptions;
  readonly #shards: Shard[] = [0, 1].map((n) => ({ name: `shard ${n}`, records: [], running: false }));
  #sequence = 0;

  constructor(options: StreamSourceOptions) {
    this.#options = options;
  }

  /** Whether a change of the job waits to be followed, or is being followed. */
  has(id: string): boolean {
    return this.#shards.some(({ records }) => records.some(({ jobs }) => jobs.includes(id)));
  }

  append(change: Change, by: string): void {
    const { world } = this.#options;
    const record = this.#recordOf(change, by);
    if (!wanted(record)) return;
    const id = jobIdOf(change.key);
    const jobs = id === undefined ? [] : [id];
    const point = world.faults.point(`stream ${world.names.label(jobs)}`);
    const fault = world.faults.strike(
      point,
      ['stream late', 'stream lost', 'stream replay', 'stream poison'],
      jobs,
    );
    if (fault) world.tell('stream', () => `⚡ ${fault}`, jobs);
    if (fault === 'stream lost') {
      this.#options.givenUp(jobs);
      return;
    }
    const shard = this.#shards[hash(change.key) % 2] as Shard;
    const wait = fault === 'stream late' ? world.draws.spread(`stream ${point}`, 10_000, 7_200_000) : 0;
    const at = world.now + world.draws.between(`stream ${point}`, 20, 400) + wait;
    const since = world.now;
    if (fault === 'stream poison')
      shard.records.push({ record: this.#poison(), jobs: [], at, since, given: false });
    shard.records.push({ record, jobs, at, since, given: false });
    this.#follow(shard);
    if (fault === 'stream replay') {
      const again = world.draws.spread(`replay ${point}`, 1_000, 86_400_000);
      world.after(again, () => {
        shard.records.push({ record, jobs, at: world.now, since: world.now, given: false });
        this.#follow(shard);
      });
    }
  }

  #follow(shard: Shard): void {
    const [first] = shard.records;
    if (shard.running || !first) return;
    shard.running = true;
    const { world } = this.#options;
    world.after(Math.max(0, first.at - world.now), () => {
      const due = shard.records.findIndex(({ at }) => at > world.now);
      const size = Math.min(due < 0 ? shard.records.length : due, BATCH);
      this.#deliver(shard, size, 0);
    });
  }

  #deliver(shard: Shard, size: number, tried: number): void {
    const { world, target, givenUp, faults, sparesScheduler, failed } = this.#options;
    const batch = shard.records.slice(0, size);
    const jobs = batch.flatMap((each) => each.jobs);
    this.#options.again(batch.filter(({ given }) => given).flatMap((each) => each.jobs));
    for (const each of batch) each.given = true;
    const before = faults();
    target.invoke({ Records: batch.map(({ record }) => record) }, jobs, (how) => {
      const { batchItemFailures = [] } =
        'failed' in how ? {} : ((how.returned ?? {}) as Partial<DynamoDBBatchResponse>);
      const from = batchItemFailures[0]?.itemIdentifier;
      const at = batch.findIndex(({ record }) => record.dynamodb?.SequenceNumber === from);
      const done = 'failed' in how || (from !== undefined && at < 0) ? 0 : from === undefined ? size : at;
      shard.records.splice(0, done);
      const left = size - done;
      if (left > 0 && faults() === before && !sparesScheduler()) {
        const why = 'failed' in how ? how.failed : `it came to ${done} of ${size}`;
        failed(
          batch.slice(done).flatMap((each) => each.jobs),
          why,
        );
      }
      if (left === 0) {
        shard.running = false;
        return this.#follow(shard);
      }
      // Bisected: the first half is tried by itself, so that one bad record is left alone in the end.
      const next = done === 0 ? Math.max(1, Math.floor(left / 2)) : left;
      world.after(Math.min(1_000 * 2 ** tried, LONGEST_WAIT), () => {
        const young = shard.records.findIndex(({ since }) => world.now - since <= RECORD_AGE);
        const old = shard.records.splice(0, Math.min(next, young < 0 ? next : young));
        givenUp(old.flatMap((each) => each.jobs));
        if (old.length < next)
          return this.#deliver(shard, next - old.length, next < left ? tried : tried + 1);
        shard.running = false;
        this.#follow(shard);
      });
    });
  }

  #recordOf({ before, after, key }: Change, by: string): DynamoDBRecord {
    this.#sequence += 1;
    const at = key.lastIndexOf('|');
    return {
      eventID: String(this.#sequence),
      eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
      eventSource: 'aws:dynamodb',
      ...(by === 'TTL' && { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(this.#options.world.now / 1_000),
        Keys: { pk: { S: key.slice(0, at) }, sk: { S: key.slice(at + 1) } },
        SequenceNumber: String(this.#sequence),
        ...(before && { OldImage: before.item as NonNullable<DynamoDBRecord['dynamodb']>['OldImage'] }),
        ...(after && { NewImage: after.item as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] }),
      },
    };
  }

  #poison(): DynamoDBRecord {
    this.#sequence += 1;
    return {
      eventName: 'MODIFY',
      dynamodb: {
        SequenceNumber: String(this.#sequence),
        NewImage: { pk: { S: 'job#poison' }, sk: { S: 'state' }, out: { N: '0' }, odd: { L: [{ S: 'x' }] } },
      },
    };
  }
}

/** The stack's filter. */
function wanted({ eventName, dynamodb }: DynamoDBRecord): boolean {
  const image = dynamodb?.NewImage;
  if (image?.['out'] || image?.['drop'] || (image?.['serial'] && image['endedAt'])) return true;
  const old = dynamodb?.OldImage;
  return eventName === 'REMOVE' && old?.['sk']?.S === 'state' && old?.['parts'] !== undefined;
}

function hash(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i += 1) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  return sum;
}
