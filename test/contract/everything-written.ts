import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSEvent } from 'aws-lambda';
import { z } from 'zod';
import {
  defineCatalog,
  defineJob,
  defineSchedule,
  ENV,
  Fail,
  Retry,
  Snooze,
  tickSource,
  writeTick,
} from '../../lib/contract/index.ts';
import { createRecorder, createSweeper } from '../../lib/lifecycle/index.ts';
import {
  type Item,
  type JobRecord,
  JobTable,
  releaseNext,
  type ScheduleRecord,
  ScheduleTable,
  stateItem,
} from '../../lib/state/index.ts';
import type { Handler } from '../../lib/worker/index.ts';
import { streamRecords } from '../worker/history.ts';
import type { Lab } from '../worker/lab.ts';
import { Outbox } from '../worker/outbox.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import type { Stand } from '../worker/stand.ts';

const scene = defineJob({
  name: 'scene',
  schema: z.object({
    play: z.enum(['succeed', 'retry', 'fail', 'snooze', 'cancel', 'beat']),
    text: z.string().optional(),
  }),
  timeout: '10s',
  retry: { maxAttempts: 3 },
});
export const catalog = defineCatalog([scene]);
/** The same application one deploy later. */
const later = defineCatalog([scene, defineJob({ name: 'coming', schema: z.object({}) })]);
export type SceneStand = Stand<typeof catalog>;

/** What today's code writes: every item at every moment, and every message body. */
export interface Written {
  readonly items: readonly Item[];
  readonly bodies: readonly string[];
}

/** Enqueued with everything that a job can be enqueued with. */
const FULL = {
  ...{ tenant: 'acme', idempotencyKey: 'order-42', correlationId: 'req-7' },
  priority: 'normal',
  tags: { plan: 'pro' },
} as const;

export function standOf(lab: Lab): Promise<SceneStand> {
  const snoozed = new Set<string>();
  const play: Handler<typeof scene> = async (payload, context) => {
    switch (payload.play) {
      case 'retry':
        if (context.attempt === 1) throw new TypeError('not yet', { cause: new Error('the cause') });
        return { tried: context.attempt };
      case 'fail':
        throw new Fail('for good');
      case 'snooze':
        if (snoozed.has(context.id)) return null;
        snoozed.add(context.id);
        throw new Snooze({ for: '10s' });
      case 'cancel':
        await stand.client.cancel([context.id], { by: 'someone', why: 'a mistake' });
        throw new Retry();
      case 'beat':
        return context.heartbeat();
      default:
        return undefined;
    }
  };
  const made = lab.stand({ catalog, handlers: { scene: play } });
  let stand: SceneStand;
  return made.then((each) => {
    stand = each;
    return each;
  });
}

/** Takes jobs through every write that client, worker, recorder and sweeper make. */
export async function writeEverything(lab: Lab): Promise<Written> {
  const stand = await standOf(lab);
  const bodies: string[] = [];
  const invoke = async () => {
    const { received } = await stand.invoke();
    bodies.push(...received.map(({ Body = '' }) => Body));
  };
  const first = await enqueueAll(stand, lab);
  await invoke();
  await invoke();
  lab.clock.advance(90_000);
  await invoke();
  await stand.drain();
  await stand.clientOf(later).enqueue('coming', {});
  await invoke();
  await operate(stand, lab);
  await stand.client.redrive([first], { by: 'someone', why: 'once more' });
  await lapse(stand, lab, invoke);
  await mend(stand, lab, bodies);
  await sendFar(stand, lab, invoke);
  await schedule(stand, lab);
  const records = await streamRecords(lab, stand.tableName);
  return {
    items: records.flatMap(({ dynamodb }) => (dynamodb?.NewImage ? [dynamodb.NewImage as Item] : [])),
    bodies,
  };
}

/** Resolves with the id of one that succeeds. */
async function enqueueAll({ client }: SceneStand, lab: Lab): Promise<string> {
  const { id } = await client.enqueue('scene', { play: 'succeed' });
  await client.enqueue('scene', { play: 'retry' }, FULL);
  await client.enqueue(
    'scene',
    { play: 'fail', text: 'x'.repeat(2_000) },
    { ...FULL, idempotencyKey: 'large' },
  );
  for (const play of ['snooze', 'cancel', 'beat'] as const) await client.enqueue('scene', { play });
  await client.enqueue('scene', { play: 'succeed' }, { delay: '60s' });
  // No other attempt can start in time.
  await client.enqueue('scene', { play: 'retry' }, { deadline: new Date(lab.clock.now() + 1) });
  return id;
}

/** What people do to jobs. */
async function operate({ client }: SceneStand, lab: Lab): Promise<void> {
  const { id } = await client.enqueue('scene', { play: 'succeed' }, { delay: '5m' });
  await client.cancel([id], { by: 'someone', why: 'not needed' });
  const { jobs } = await client.list();
  lab.clock.advance(1_000);
  const patch = { play: 'succeed' };
  for (const each of jobs) await client.redrive([each.id], { by: 'someone', why: 'mended', patch });
}

const timed = defineJob({ name: 'timed', schema: z.object({}), deadline: '1h' });
const nightly = defineSchedule(timed, {
  ...{ name: 'nightly', tenant: 'acme', cron: '0 3 * * ? *', payload: {}, overlap: 'skip' },
});
/** The same application with schedules. */
const scheduled = defineCatalog([scene, timed], { schedules: [nightly] });

/** What schedules come to, made by the stack and at run time. */
async function schedule(stand: SceneStand, lab: Lab): Promise<void> {
  const client = stand.clientOf(scheduled);
  const { schedules } = client;
  const now = lab.clock.now();
  const ref = { tenant: 'acme' };
  const often = { name: 'often', every: '5m', window: '1m', payload: {}, ...ref } as const;
  const end = { endAt: new Date(now + 86_400_000), description: 'often enough' };
  await schedules.put(timed, { ...often, ...end, overlap: 'queue' });
  await schedules.pause('often', ref);
  const first = await schedules.trigger('often', ref);
  await schedules.trigger('often', ref);
  await client.cancel([first.id], { by: 'someone' });
  // The job before has ended, and the lifecycle function has not seen it.
  await schedules.trigger('often', ref);
  const table = new ScheduleTable({ client: lab.wire.dynamodb, tableName: stand.tableName });
  const jobs = new JobTable({ client: lab.wire.dynamodb, tableName: stand.tableName });
  await releaseNext({ table: jobs, schedules: table }, { name: 'often', ...ref }, { now: lab.clock.now() });
  await table.settle((await table.definition({ name: 'often', ...ref })) as ScheduleRecord, 'a quota');
  await schedules.delete('often', ref);
  for (const minutes of [0, 1]) await stand.send(writeTick(tickSource(nightly), now + minutes * 60_000));
  for (const _ of [0, 1]) await stand.invoke();
  await schedules.pause('nightly', ref);
}

/** Far dispatches: one that is taken back, and one whose payload is too large for a schedule. */
async function sendFar(stand: SceneStand, lab: Lab, invoke: () => Promise<void>): Promise<void> {
  const outbox = new Outbox(stand);
  const { id } = await stand.client.enqueue('scene', { play: 'succeed' }, { delay: '1h' });
  await stand.client.cancel([id], { by: 'someone', why: 'not needed' });
  const text = 'x'.repeat(300_000);
  await stand.client.enqueue(
    'scene',
    { play: 'succeed', text },
    { ...FULL_AGAIN, delay: '1h', idempotencyKey: 'far' },
  );
  await outbox.follow();
  await lab.pass(3_600_000);
  await invoke();
}

/** Records as a crash or time leaves them, met by a worker. */
async function lapse(stand: SceneStand, lab: Lab, invoke: () => Promise<void>): Promise<void> {
  const now = lab.clock.now();
  const lapsed = {
    status: 'running',
    token: 't',
    holder: 'n',
    leaseUntil: now - 1,
    startedAt: now - 2,
  } as const;
  const changes: Partial<JobRecord>[] = [
    { ...lapsed, unsettled: 1 },
    { ...lapsed, unsettled: 3 },
    { deadline: now },
    { ...lapsed, unsettled: 1, cancelRequested: true },
  ];
  for (const change of changes) {
    const { id } = await stand.client.enqueue('scene', { play: 'succeed' });
    await stand.amend(id, change);
  }
  await invoke();
}

/** What the recorder and the sweeper write. */
async function mend(stand: SceneStand, lab: Lab, bodies: string[]): Promise<void> {
  const { logger } = recordedLog();
  const { dynamodb, sqs } = lab.open();
  const env = { ...stand.environment, [ENV.messageRetention]: '60' };
  const options = { env, dynamodb, sqs, logger, clock: lab.clock, chance: stand.chance };
  await stand.client.enqueue('scene', { play: 'succeed' }, FULL_AGAIN);
  const messages = await stand.messages();
  const found = messages.map(({ message: { Body = '' } }) => Body);
  bodies.push(...found);
  await createRecorder(options)(deadLetters([...found, 'hello', 'x'.repeat(200_000)], stand));
  const { id } = await stand.client.enqueue('scene', { play: 'succeed' });
  const lost = stateItem({ ...(await stand.record(id)), runAt: 0, enqueuedAt: 0 });
  await dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item: lost }));
  await createSweeper(options)({ now: true }, { getRemainingTimeInMillis: () => 900_000 });
}

const FULL_AGAIN = { ...FULL, idempotencyKey: 'order-43' };

function deadLetters(found: readonly string[], stand: SceneStand): SQSEvent {
  const { arn } = stand.queues.normal;
  return {
    Records: found.map((body, i) => ({
      ...{ body, messageId: `dead-${i}`, receiptHandle: 'receipt', md5OfBody: '', messageAttributes: {} },
      ...{ eventSource: 'aws:sqs', eventSourceARN: arn, awsRegion: 'us-east-1' },
      attributes: {
        ...{ ApproximateReceiveCount: '6', ApproximateFirstReceiveTimestamp: '1767225600000', SenderId: 's' },
        ...{ SentTimestamp: '1767225600000', MessageGroupId: 'acme' },
      },
    })),
  };
}
