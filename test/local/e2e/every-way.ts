import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, vi } from 'vitest';
import type { EnqueueEntry } from '../../../lib/client/index.ts';
import {
  defineSchedule,
  type Envelope,
  PRIORITIES,
  type Priority,
  tickId,
  tickSource,
  writeEnvelope,
  writeTick,
} from '../../../lib/contract/index.ts';
import { envelopeOf, JobTable } from '../../../lib/state/index.ts';
import { calm, type catalog, type Step } from './fixture/catalog.ts';
import type { Order } from './fixture/producer.ts';
import type { FixtureCloud } from './fixture-cloud.ts';

type Entry = EnqueueEntry<typeof catalog>;

const QUEUES = ['default', 'rough'].flatMap((pool) => PRIORITIES.map((priority) => ({ pool, priority })));
const PATIENCE = { timeout: 60_000, interval: 100 };

/** Takes jobs and messages through every queue, and through all that the functions do to them. */
export async function goEveryWay(fixture: FixtureCloud): Promise<void> {
  for (const queue of QUEUES) await sendForeign(fixture, queue);
  const { ids } = await produce(fixture);
  const [waiting = '', lost = '', ...others] = ids.slice(1);
  await sendUnknown(fixture, waiting);
  await sendDeadLetters(fixture, waiting);
  for (const id of others) expect(await fixture.client.wait(id, PATIENCE)).toMatchObject({ status: 'dead' });
  await vi.waitFor(async () => {
    const { messages } = await fixture.client.listQuarantined();
    expect(messages).toHaveLength(QUEUES.length);
  }, PATIENCE);
  await goByTime(fixture);
  const { id: far } = await fixture.client.enqueue('calm.run', { steps: ['succeed'] }, { delay: '2h' });
  const order = { far, cancel: [waiting, far] };
  const operated = await invoke<Operated>(fixture, 'Fixture/Operator', order);
  expect(operated.results).toEqual(Array(others.length + 2).fill('ok'));
  expect(operated.schedule).toHaveProperty('stands');
  expect(operated.feeds).toEqual(QUEUES.map(() => 'disabled'));
  for (const redrive of operated.redrives) expect(redrive).toMatchObject({ by: 'ada', why: 'mended' });
  for (const id of others)
    expect(await fixture.client.wait(id, PATIENCE)).toMatchObject({ status: 'succeeded' });
  await backdate(fixture, { id: lost, days: 60 });
  await invoke(fixture, 'Fixture/Millrace/Sweeper/Function', { now: true });
  expect(await fixture.client.wait(lost, PATIENCE)).toMatchObject({ status: 'succeeded', dispatch: 1 });
  // As DynamoDB's expiry does it: the record first, and what stood beside it by the lifecycle function.
  const [expired = ''] = others;
  await fixture.dynamodb.send(new DeleteItemCommand(stateOf(fixture, expired)));
  await vi.waitFor(() => {
    const operations = fixture.cloud.requests().map(({ operation }) => operation);
    expect(operations).toContain('BatchWriteItem');
  }, PATIENCE);
}

/**
 * A job that is far away and then cancelled; the end of the schedule that the producer made; two ticks of a schedule whose
 * jobs run one after the other.
 */
async function goByTime(fixture: FixtureCloud): Promise<void> {
  const { client, cloud, sqs, queueUrl } = fixture;
  const asked = (operation: string, group: RegExp) =>
    vi.waitFor(() => {
      const needs = cloud.requests().filter((call) => call.operation === operation);
      expect(needs.flatMap(({ requires }) => requires.map(({ resource }) => resource)).join()).toMatch(group);
    }, PATIENCE);
  const { id } = await client.enqueue('calm.run', { steps: ['succeed'] }, { delay: '2h' });
  await asked('CreateSchedule', /-OneTime-/);
  await client.cancel([id]);
  await asked('DeleteSchedule', /-OneTime-/);

  await asked('CreateSchedule', /-Runtime-/);
  await client.schedules.delete('weekly', { tenant: 'acme' });
  await asked('DeleteSchedule', /-Runtime-/);

  const serial = defineSchedule(calm, {
    name: 'serial',
    every: '1h',
    overlap: 'queue',
    payload: { steps: ['work'] },
  });
  const hour = 3_600_000;
  const last = Math.floor(Date.now() / hour) * hour;
  const QueueUrl = queueUrl({ pool: 'default', priority: 'normal' });
  for (const at of [last - hour, last])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: writeTick(tickSource(serial), at) }));
  for (const at of [last - hour, last]) {
    const made = tickId({ schedule: 'serial', at });
    await vi.waitFor(
      async () => expect(await client.get(made)).toMatchObject({ status: 'succeeded' }),
      PATIENCE,
    );
  }
}

interface Operated {
  readonly results: readonly string[];
  readonly redrives: readonly unknown[];
  readonly schedule: unknown;
  readonly feeds: readonly string[];
}

/** Two of each queue that are retried, die and succeed once they are redriven; some large; two that wait. */
async function produce(fixture: FixtureCloud): Promise<{ ids: string[] }> {
  const steps: Step[] = ['throw', 'fail', 'succeed'];
  const keyed = { idempotencyKey: 'first', delay: '2s' } as const;
  const waits: Entry = { job: 'calm.run', payload: { steps: ['succeed'] }, options: { delay: '15m' } };
  const entries: Entry[] = [
    { job: 'calm.run', payload: { steps: ['succeed'] }, options: keyed },
    waits,
    waits,
  ];
  for (const { pool, priority } of [...QUEUES, ...QUEUES]) {
    const payload = { steps, filler: priority === 'low' ? 'x'.repeat(50_000) : '' };
    const entry = { payload, options: { priority } };
    entries.push(pool === 'rough' ? { job: 'rough.run', ...entry } : { job: 'calm.run', ...entry });
  }
  const order: Order = { entries };
  const answer = await invoke<{ ids: string[] }>(fixture, 'Fixture/Producer', order);
  expect(answer).toMatchObject({ status: 'succeeded', again: { deduplicated: true } });
  return answer;
}

async function invoke<T>({ cloud }: FixtureCloud, path: string, event: unknown): Promise<T> {
  const result = await cloud.functions.invoke(cloud.resources.get(path).logicalId, event);
  expect(result).toMatchObject({ outcome: 'succeeded' });
  return (result.outcome === 'succeeded' ? result.payload : undefined) as T;
}

interface QueueName {
  readonly pool: string;
  readonly priority: Priority;
}

async function sendForeign({ sqs, queueUrl }: FixtureCloud, queue: QueueName): Promise<void> {
  const MessageBody = `not for ${queue.pool}/${queue.priority}`;
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(queue), MessageBody }));
}

/** A type that no worker of the pool knows. */
async function sendUnknown(fixture: FixtureCloud, id: string): Promise<void> {
  const envelope = await envelopeOfJob(fixture, id);
  for (const pool of ['default', 'rough']) {
    const QueueUrl = fixture.queueUrl({ pool, priority: 'normal' });
    const MessageBody = writeEnvelope({ ...envelope, id: 'gone', type: 'gone.run', pool });
    await fixture.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  }
}

/** To each dead-letter queue a message that the recorder leaves there, and to one a message that it brings back. */
async function sendDeadLetters(fixture: FixtureCloud, waiting: string): Promise<void> {
  const envelope = await envelopeOfJob(fixture, waiting);
  const send = (queue: QueueName, sent: Envelope) => {
    const path = `Fixture/Millrace/Queues/${queue.pool}/${queue.priority}/DeadLetters`;
    const QueueUrl = fixture.cloud.resources.get(path).url;
    return fixture.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: writeEnvelope(sent) }));
  };
  for (const queue of QUEUES) await send(queue, { ...envelope, dispatch: 9 });
  await send({ pool: 'default', priority: 'normal' }, envelope);
  // As EventBridge Scheduler leaves what it could not send: the input of its target.
  const MessageBody = JSON.stringify({
    QueueUrl: fixture.queueUrl({ pool: 'default', priority: 'normal' }),
    MessageBody: writeEnvelope({ ...envelope, dispatch: 9 }),
  });
  const QueueUrl = fixture.cloud.resources.get('Fixture/Millrace/Scheduler/DeadLetters').url;
  await fixture.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

async function envelopeOfJob({ cloud, dynamodb }: FixtureCloud, id: string): Promise<Envelope> {
  const tableName = cloud.env['MILLRACE_TABLE_NAME'] ?? '';
  const record = await new JobTable({ client: dynamodb, tableName }).get(id);
  if (record === undefined) throw new TypeError(`no record of ${id}`);
  return envelopeOf(record, { nonce: 'from the test', payload: record.payload ?? 'null' });
}

/** As if the job were from so long ago: no message of it can exist any more. */
export async function backdate(
  fixture: FixtureCloud,
  { id, days }: { id: string; days: number },
): Promise<void> {
  await fixture.dynamodb.send(
    new UpdateItemCommand({
      ...stateOf(fixture, id),
      UpdateExpression: 'SET runAt = :then, enqueuedAt = :then',
      ExpressionAttributeValues: { ':then': { N: String(Date.now() - days * 86_400_000) } },
    }),
  );
}

function stateOf({ cloud }: FixtureCloud, id: string) {
  return { TableName: cloud.env['MILLRACE_TABLE_NAME'], Key: { pk: { S: `job#${id}` }, sk: { S: 'state' } } };
}
