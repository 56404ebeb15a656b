import type { GetItemCommandInput, QueryCommandInput, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../lib/contract/index.ts';
import { type Item, type JobRecord, watchedUntil } from '../../lib/state/index.ts';
import { jobIdOf, STATE, stateItem, stateKey } from '../../lib/state/record.ts';
import { progressKey } from '../../lib/state/schedules/keys.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import type { Wire } from '../worker/wire.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A lease and a bit: workers that live prolong theirs again and again. */
const LEASE = 75_000;

/** One item of so many is the record of a job that has ended. */
const ENDED_EACH = 10;
/** One of so many is a job that runs on past its deadline, under a live lease. */
const OVERTIME_EACH = 5_000;

const MIDDLEWARE = 'backlog';

/** What stands in a record, by when the job was due and what the time is now. */
type Kind = (at: number, now: number) => Partial<JobRecord>;

const WAITING: Kind = (at) => ({ enqueuedAt: at, runAt: at });
const KINDS: readonly Kind[] = [
  ...[WAITING, WAITING, WAITING, WAITING],
  (at) => ({ status: 'scheduled', enqueuedAt: at, runAt: at + 900_000 }),
  (at) => ({ status: 'retrying', enqueuedAt: at - DAY, startedAt: at - HOUR, runAt: at, attempts: 4 }),
  // On a one-time schedule: for weeks already, and for weeks to come.
  (at) => ({ status: 'scheduled', enqueuedAt: at - 30 * DAY, runAt: at + 30 * DAY, out: 0 }),
  // Of a schedule whose jobs take longer than its pace.
  (at) => ({ status: 'blocked', enqueuedAt: at - 30 * DAY, runAt: at - 30 * DAY, serial: '#nightly' }),
  // In the outbox: redriven long after its enqueue, a second ago; or brought back from a dead-letter queue.
  (_, now) => ({ enqueuedAt: now - 60 * DAY, runAt: now - 1_000, dispatch: 4, out: 4, outAt: now - 1_000 }),
  (at) => ({ enqueuedAt: at - 20 * DAY, runAt: at, dispatch: 1, out: 1, outAt: at, hops: 1 }),
  (at, now) => ({ ...running(at - 25 * DAY), leaseUntil: now + LEASE }),
  (at) => ({ ...running(at - 25 * DAY), leaseUntil: at, unsettled: 2 }),
];
const OVERTIME: Kind = (at, now) => ({ ...running(at), leaseUntil: now + LEASE, deadline: at + 1 });
const ENDED: Kind = (at) => ({
  ...{ status: 'succeeded', enqueuedAt: at - 60 * DAY, runAt: at - 60 * DAY, endedAt: at, result: 'true' },
  expiresAt: Math.ceil((at + DAY) / 1_000),
});

function running(at: number): Partial<JobRecord> {
  return {
    status: 'running',
    token: 't',
    holder: 'n',
    enqueuedAt: at,
    runAt: at,
    startedAt: at,
    unsettled: 1,
  };
}

/** Of the schedule whose jobs wait: the one that it let go last runs. */
const PROGRESS: Item = {
  ...progressKey({ name: 'nightly' }),
  ...{ turn: { N: '7' }, current: { S: '0' }, waiting: { N: '1000' } },
};

/**
 * A live backlog in a table that nobody holds: Scan, Query and GetItem make its items as they are read, in pages as DynamoDB
 * gives them. It is as old at any time as it is at first, for workers are at it. Every other call goes to the engine behind
 * the client, and so does what is asked about other items.
 */
export class BacklogTable implements Disposable {
  /** All there are: the jobs, those that have ended, and a schedule's progress. */
  readonly items: number;
  readonly #age: number;
  readonly #clock: Clock;
  /** The index of jobs whose deadline passed, by shard. */
  readonly #overdue = new Map<string, string[]>();
  readonly [Symbol.dispose]: () => void;

  constructor(options: {
    readonly wire: Wire;
    readonly clock: Clock;
    /** Jobs that have not ended. */
    readonly jobs: number;
    /** How long the oldest have waited, in milliseconds. */
    readonly age: number;
    /** Hears of each page of the table that is read. */
    readonly scanned: () => void;
  }) {
    const { wire, clock, jobs, age, scanned } = options;
    this.#age = age;
    this.#clock = clock;
    this.items = jobs + Math.ceil(jobs / (ENDED_EACH - 1)) + 1;
    for (let n = 0; n < this.items - 1; n += OVERTIME_EACH) this.#watch(String(n));
    const { middlewareStack } = wire.dynamodb;
    // Ahead of all that the SDK does with an answer: its logger alone takes half of the time.
    middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'ScanCommand') scanned();
          const output = this.#answer(commandName, args.input);
          return output ? { output: { ...output, $metadata: {} }, response: undefined } : next(args);
        },
      { step: 'initialize', priority: 'high', name: MIDDLEWARE },
    );
    this[Symbol.dispose] = () => void middlewareStack.remove(MIDDLEWARE);
  }

  #answer(command: string | undefined, input: object): object | undefined {
    if (command === 'ScanCommand') return this.#scan(input as ScanCommandInput);
    if (command === 'QueryCommand') return this.#query(input as QueryCommandInput);
    const { Key = {} } = input as GetItemCommandInput;
    const Item = command === 'GetItemCommand' ? this.#get(Key) : undefined;
    return Item && { Item };
  }

  #watch(id: string): void {
    const { watchShard = '' } = watchedUntil(id, 1) ?? {};
    this.#overdue.set(watchShard, [...(this.#overdue.get(watchShard) ?? []), id]);
  }

  #scan({ Limit = 1_000, ExclusiveStartKey, ExpressionAttributeValues: values = {} }: ScanCommandInput) {
    const from = ExclusiveStartKey ? Number(jobIdOf(ExclusiveStartKey)) + 1 : 0;
    const until = Math.min(from + Limit, this.items);
    const ended = Object.entries(values).flatMap(([name, { S }]) => (name.startsWith(':ended') ? [S] : []));
    const Items: Item[] = [];
    for (let n = from; n < until; n++) {
      const item = this.#item(n);
      if (item['sk']?.S !== STATE || !ended.includes(item['status']?.S)) Items.push(item);
    }
    const LastEvaluatedKey = until < this.items ? stateKey(String(until - 1)) : undefined;
    return { Items, ScannedCount: until - from, LastEvaluatedKey };
  }

  #query({ Limit = 1_000, ExclusiveStartKey, ExpressionAttributeValues: values }: QueryCommandInput) {
    const ids = this.#overdue.get(values?.[':shard']?.S ?? '') ?? [];
    const from = ExclusiveStartKey ? ids.indexOf(jobIdOf(ExclusiveStartKey) ?? '') + 1 : 0;
    const Items = ids.slice(from, from + Limit).map(stateKey);
    return { Items, LastEvaluatedKey: from + Limit < ids.length ? Items.at(-1) : undefined };
  }

  #get(key: Item): Item | undefined {
    if (key['pk']?.S === PROGRESS['pk']?.S) return PROGRESS;
    const id = jobIdOf(key);
    return id === undefined ? undefined : this.#item(Number(id));
  }

  #item(n: number): Item {
    if (n === this.items - 1) return PROGRESS;
    const now = this.#clock.now();
    const drawn = scrambled(n);
    const at = now - Math.floor((drawn / 2 ** 32) * this.#age);
    if (n % ENDED_EACH === ENDED_EACH - 1) return itemOf(n, ENDED, { at, now });
    if (n % OVERTIME_EACH === 0) return itemOf(n, OVERTIME, { at, now });
    return itemOf(n, KINDS[drawn % KINDS.length] as Kind, { at, now });
  }
}

const BASE = queuedRecord('a');
/** An item of each kind: all others of it differ by their key and their numbers. */
const TEMPLATES = new Map<Kind, Item>();

function itemOf(n: number, kind: Kind, { at, now }: { at: number; now: number }): Item {
  const values = kind(at, now);
  const template = TEMPLATES.get(kind) ?? stateItem({ ...BASE, ...values });
  TEMPLATES.set(kind, template);
  const item: Item = { ...template, ...stateKey(String(n)) };
  for (const [name, value] of Object.entries(values))
    if (typeof value === 'number') item[name] = { N: String(value) };
  return item;
}

/** 32 bits that look like chance. */
function scrambled(n: number): number {
  const mixed = Math.imul(n ^ (n >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
