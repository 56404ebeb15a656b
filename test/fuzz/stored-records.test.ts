import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Message } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULTS,
  ENDED,
  ENV,
  isEnded,
  LIMITS,
  MillraceError,
  readEnvelope,
} from '../../lib/contract/index.ts';
import { createSweeper, decideSweep } from '../../lib/lifecycle/index.ts';
import {
  type Item,
  type JobRecord,
  RecordUnreadableError,
  readRecord,
  STATE,
} from '../../lib/state/index.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { Pipeline } from './pipeline.ts';
import { type Change, changedItem, changes } from './records.ts';
import { scaled, TIME_LIMIT } from './scale.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const BATCHES = scaled(100);
const SPOILT = 4;

/** The record, or undefined where nobody can read it. */
function readable(item: Item): JobRecord | undefined {
  try {
    return readRecord(item);
  } catch (error) {
    if (error instanceof RecordUnreadableError) return undefined;
    throw error;
  }
}

/** The job has ended, waits for others, or is what the sweeper takes up once no message of it can exist. */
function isLookedAfter(record: JobRecord): boolean {
  const { lapseLimit, hopLimit } = DEFAULTS;
  const rules = { now: 2 * LIMITS.time, messageRetention: 60_000, lapseLimit, hopLimit };
  return isEnded(record.status) || record.status === 'blocked' || decideSweep(record, rules).do !== 'nothing';
}

function hasEnded(item: Item): boolean {
  return (ENDED as readonly unknown[]).includes(item['status']?.S);
}

/** A job spoilt behind the back of its message. */
interface Spoilt {
  readonly id: string;
  readonly message: Message;
}

describe(`${BATCHES} batches of jobs whose records were spoilt, among good ones, on the real table`, () => {
  it(
    'no good job waits for them; each of them ends, waits for what brings it on, or is named',
    async () => {
      const pipeline = await Pipeline.of(lab);
      const { stand, system } = pipeline;
      const { dynamodb } = lab.wire;
      const put = (Item: Item) => dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
      const everySpoilt: Spoilt[] = [];

      const batch = async (spoiling: readonly (readonly Change[])[]) => {
        const entries = Array.from({ length: SPOILT + 2 }, (_, n) => ({
          job: 'work' as const,
          payload: { n },
        }));
        const results = await stand.client.enqueueMany(entries);
        const ids = results.map((result) => (result.ok ? result.job.id : ''));
        const images: DynamoDBRecord[] = [];
        for (const [i, list] of spoiling.entries()) {
          const item = changedItem(await stand.record(ids[i] ?? ''), list);
          await put(item);
          images.push({ dynamodb: { NewImage: item as never, SequenceNumber: String(i) } });
        }
        const received = await pipeline.receive();
        expect(received).toHaveLength(SPOILT + 2);
        expect((await stand.deliver(received)).lost).toBe(false);
        for (const id of ids.slice(SPOILT))
          expect(await stand.record(id)).toMatchObject({ status: 'succeeded' });
        // What cannot be sent for reasons of the record's own holds up nothing behind it.
        const held = await system.follow(images);
        expect(held.filter((sequence) => readable(itemOf(images, sequence)) === undefined)).toEqual([]);
        await pipeline.fall();
        for (const message of received) {
          const { id } = readEnvelope(message.Body ?? '');
          if (ids.indexOf(id) < SPOILT) everySpoilt.push({ id, message });
        }
      };
      const spoilings = fc.array(changes, { minLength: SPOILT, maxLength: SPOILT });
      await fc.assert(fc.asyncProperty(spoilings, batch), { numRuns: BATCHES, endOnFailure: true });

      const items = await stateItems(pipeline);
      for (const { id, message } of everySpoilt) {
        const item = items.get(`job#${id}`);
        if (!item) throw new Error(`the item of ${id} is gone`);
        const record = readable(item);
        const looked = record
          ? isLookedAfter(record)
          : hasEnded(item) || (await pipeline.quarantined(message));
        if (!looked) throw new Error(`nobody looks after ${JSON.stringify(item)}`);
      }
      await expectSwept(pipeline, items);
      await expectTypedAnswers(pipeline, everySpoilt);
    },
    TIME_LIMIT,
  );
});

function itemOf(images: readonly DynamoDBRecord[], sequence: string): Item {
  return images[Number(sequence)]?.dynamodb?.NewImage as Item;
}

/** Every state item of the table, by partition key. */
async function stateItems({ stand }: Pipeline): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  let from: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await lab.wire.dynamodb.send(
      new ScanCommand({ TableName: stand.tableName, ExclusiveStartKey: from }),
    );
    for (const item of Items) if (item['sk']?.S === STATE) found.set(item['pk']?.S ?? '', item);
    from = LastEvaluatedKey;
  } while (from);
  return found;
}

/** The sweeper goes over all of them to the end, and names those that it cannot read. */
async function expectSwept({ stand }: Pipeline, items: ReadonlyMap<string, Item>): Promise<void> {
  const { logger, lines } = recordedLog();
  const sweeper = createSweeper({
    env: { ...stand.environment, [ENV.messageRetention]: '1209600' },
    ...{ dynamodb: lab.wire.dynamodb, logger, clock: lab.clock, chance: stand.chance },
  });
  const report = await sweeper({ now: true }, { getRemainingTimeInMillis: () => 900_000 });
  const unreadable = [...items].filter(([, item]) => !readable(item) && !hasEnded(item)).map(([pk]) => pk);
  expect(unreadable.length).toBeGreaterThan(0);
  expect(report).toMatchObject({ failed: unreadable.length, finished: true });
  const named = lines.filter(({ level }) => level === 'error').map(({ job }) => job);
  expect(named.sort()).toEqual(unreadable.sort());
}

/** What an operator asks is answered, each for itself, or is a typed error. */
async function expectTypedAnswers({ stand: { client } }: Pipeline, spoilt: readonly Spoilt[]): Promise<void> {
  const ids = spoilt.slice(0, 150).map(({ id }) => id);
  const asked = ids.flatMap((id): Promise<unknown>[] => [client.get(id), client.history(id)]);
  for (const answer of await Promise.allSettled(asked))
    if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(MillraceError);
  for (const verb of ['cancel', 'redrive'] as const) {
    const results = await client[verb](ids);
    for (const result of results) if (!result.ok) expect(result.error).toBeInstanceOf(MillraceError);
  }
  expect((await client.list({ limit: 1_000 })).cursor).toBeUndefined();
  expect((await client.listQuarantined({ limit: 1_000 })).unreadable).toEqual([]);
}
