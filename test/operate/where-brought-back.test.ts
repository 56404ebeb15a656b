import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULTS, defineCatalog, defineJob, ENV, Snooze } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { Operator } from '../../lib/operate/index.ts';
import { System } from '../lifecycle/system.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import type { WorkHandler } from '../worker/work.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A deployment, and who asks where its jobs are. */
async function given(work: WorkHandler = () => undefined) {
  const system = await System.of(lab, { handlers: { work } });
  const { stand, deadLetters } = system;
  const { dynamodb, sqs } = lab.wire;
  const operator = new Operator({
    ...{ tableName: stand.tableName, queues: { default: stand.urls }, dynamodb, sqs, clock: lab.clock },
    deadLetterQueues: { default: { normal: deadLetters.url } },
  });
  /** Takes the job's message out of its queue. */
  const lose = async () => {
    const [found] = await stand.messages();
    if (!found) throw new Error('a message was sent');
    const QueueUrl = stand.queues.normal.url;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: found.message.ReceiptHandle }));
    return found.message.Body ?? '';
  };
  /** Its message falls into the dead-letter queue, and the recorder comes to it. */
  const bringBack = async () => {
    await system.send(await lose());
    expect((await system.record()).failures).toEqual([]);
  };
  const sweep = async () => {
    const sweeper = createSweeper({
      env: { ...stand.environment, [ENV.messageRetention]: String((18 * DAY) / 1_000) },
      ...{ dynamodb, clock: lab.clock, chance: stand.chance, logger: recordedLog().logger },
    });
    expect(await sweeper({}, { getRemainingTimeInMillis: () => 60_000 })).toMatchObject({ mended: 1 });
  };
  return { system, stand, operator, lose, bringBack, sweep, where: (id: string) => operator.where(id) };
}

/** The same with a job that failed once, hours ago, and waits for its retry. */
async function retrying() {
  const at = await given(() => {
    throw new TypeError('not yet');
  });
  const { id } = await at.stand.client.enqueue('work', { n: 1 });
  await at.stand.invoke();
  expect(await at.stand.record(id)).toMatchObject({ status: 'retrying' });
  await lab.pass(3 * HOUR);
  return { ...at, id };
}

describe('where a job is that was brought back', () => {
  it('names its queue, not a one-time schedule, where it waits for minutes', async () => {
    const { system, bringBack, id, where } = await retrying();
    await bringBack();
    await system.followNew();
    await bringBack();
    await system.followNew();
    await lab.pass(2 * MINUTE);
    expect(await where(id)).toMatchObject({
      place: 'delayed',
      here: expect.stringMatching(
        /it is retrying after attempt 1 \(TypeError: not yet\)\. The lifecycle function had/,
      ),
      next: 'It is due in 3 min; then a worker takes it.',
    });
  });

  it('names its queue where its deadline cut a long wait short', async () => {
    const { system, stand, bringBack, where } = await given();
    const { id } = await stand.client.enqueue('work', { n: 1 }, { deadline: '3h' });
    await lab.pass(3 * HOUR - 20 * MINUTE);
    await stand.amend(id, { hops: 3 });
    await bringBack();
    await system.followNew();
    expect(await where(id)).toMatchObject({
      place: 'outbox',
      next: expect.stringContaining('within seconds'),
    });
    await lab.pass(2 * MINUTE);
    expect(await where(id)).toMatchObject({
      place: 'delayed',
      here: expect.stringContaining('back from the dead-letter queue (time 4 of 5)'),
      next: expect.stringContaining('It is due in 8 min'),
    });
  });

  it('names the one-time schedule where it waits for hours', async () => {
    const { system, stand, bringBack, where } = await given();
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.amend(id, { hops: 4 });
    await bringBack();
    await system.followNew();
    await lab.pass(5 * HOUR + 10 * MINUTE);
    expect(await stand.standing()).toHaveLength(1);
    expect(await where(id)).toMatchObject({
      place: 'schedule',
      here: expect.stringContaining('back from the dead-letter queue (time 5 of 5)'),
      next: expect.stringContaining('in 10 min'),
    });
  });

  it('names the one-time schedule where it was claimed since and snoozed for long', async () => {
    const { system, stand, bringBack, where } = await given(() => {
      throw new Snooze({ for: '20m' });
    });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await bringBack();
    await system.followNew();
    await lab.pass(HOUR);
    await stand.invoke();
    await system.followNew();
    await lab.pass(15 * MINUTE);
    expect(await stand.standing()).toHaveLength(1);
    expect(await where(id)).toMatchObject({ place: 'schedule', next: expect.stringContaining('in 5 min') });
  });

  it('by the recorder: the outbox, where its next message was never sent', async () => {
    const { system, bringBack, id, where } = await retrying();
    await bringBack();
    await system.skipNew();
    expect(await where(id)).toMatchObject({ place: 'outbox', next: 'It is sent within seconds.' });
    await lab.pass(5 * MINUTE);
    expect(await where(id)).toMatchObject({
      place: 'outbox',
      next: expect.stringContaining('LifecycleFailures'),
    });
  });

  it.each([0, 3])(
    'by the sweeper, after %i times: the outbox, where its message was never sent',
    async (hops) => {
      const { system, stand, lose, sweep, id, where } = await retrying();
      await lose();
      await stand.amend(id, { hops });
      await lab.pass(20 * DAY);
      expect(await where(id)).toMatchObject({ place: 'lost' });
      await sweep();
      await system.skipNew();
      expect(await where(id)).toMatchObject({ place: 'outbox', next: 'It is sent within seconds.' });
      await lab.pass(5 * MINUTE);
      expect(await where(id)).toMatchObject({
        place: 'outbox',
        next: expect.stringContaining('LifecycleFailures'),
      });
    },
  );

  it('names the outbox at first where an enqueue hours ago died, and is repeated', async () => {
    const { system, stand, lose, where } = await given();
    const enqueue = () => stand.client.enqueue('work', { n: 1 }, { idempotencyKey: 'once' });
    const { id } = await enqueue();
    await lose();
    await lab.pass(3 * HOUR);
    expect(await where(id)).toMatchObject({ place: 'lost' });
    expect(await enqueue()).toMatchObject({ id, deduplicated: true });
    await system.skipNew();
    expect(await where(id)).toMatchObject({ place: 'outbox', next: 'It is sent within seconds.' });
  });
});

describe('where a job is that no worker can take', () => {
  const later = defineCatalog([defineJob({ name: 'coming', schema: z.object({}) })]);
  const unknown = async () => {
    const at = await given();
    const { id } = await at.stand.clientOf(later).enqueue('coming', {});
    return { ...at, id };
  };

  it('says for how long, that it is looked at again, and when it is dead', async () => {
    const { stand, id, where } = await unknown();
    await stand.invoke();
    const since = lab.clock.now();
    await lab.pass(3 * DAY);
    await stand.invoke();
    const told = await where(id);
    expect(told.job?.unknownSince).toEqual(new Date(since));
    const dies = new Date(since + DEFAULTS.unknownTypeLimit).toISOString();
    expect(told).toMatchObject({
      place: 'delayed',
      here: expect.stringMatching(
        /not due yet: it is queued\. No worker of its pool could take it for 3 d: its build does not know the type or version, or the function’s timeout is too short for it\.$/,
      ),
      next: `It is due in 15 min; then a worker looks at it again. It runs once a worker’s build can take it; if none can until ${dies}, it is dead.`,
    });
    await lab.pass(20 * MINUTE);
    expect(await where(id)).toMatchObject({
      place: 'queue',
      here: expect.stringContaining('No worker of its pool could take it for 3 d'),
      next: expect.stringMatching(/^A worker looks at it again when its turn comes\. It runs once/),
    });
    await lab.pass(11 * DAY);
    expect((await where(id)).next).toMatch(/The next worker that cannot take it either ends it as dead\.$/);
  });

  it('does not say that it comes from the dead-letter queue, where it did once', async () => {
    const { system, stand, bringBack, id, where } = await unknown();
    await bringBack();
    await system.followNew();
    await stand.invoke();
    expect((await where(id)).here).toMatch(/not due yet: it is queued\. No worker/);
  });

  it('says nothing of it once a worker has taken it', async () => {
    const { stand, where } = await given(() => {
      throw new Snooze({ for: '10m' });
    });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    await stand.amend(id, { unknownSince: lab.clock.now() });
    await lab.pass(MINUTE);
    await stand.invoke();
    const told = await where(id);
    expect(told.here).toMatch(/it is scheduled\.$/);
    expect(told.next).toBe('It is due in 10 min; then a worker takes it.');
    expect(told.job?.unknownSince).toBeUndefined();
  });
});

describe('where a job is whose worker is gone', () => {
  const lapsed = async (changes: { unsettled?: number; cancelRequested?: true } = {}) => {
    const at = await given();
    const { id } = await at.stand.client.enqueue('work', { n: 1 });
    await at.stand.amend(id, {
      ...{ status: 'running', unsettled: 1, token: 'gone', holder: 'gone', ...changes },
      ...{ startedAt: lab.clock.now(), leaseUntil: lab.clock.now() + 25_000 },
    });
    await lab.pass(MINUTE);
    return { ...at, id };
  };

  it('says that its message comes back where its queue holds one', async () => {
    const { id, where } = await lapsed();
    await lab.pass(3 * HOUR);
    expect(await where(id)).toMatchObject({
      place: 'lapsed',
      next: expect.stringMatching(/^Its message comes back .* another worker takes it\.$/),
    });
  });

  it.each([
    [{}, /^If its message is lost, the sweeper sends the next one .* in 9 d and up to a day\.$/],
    [{ unsettled: 3 }, /the sweeper declares it dead .* in 9 d/],
    [{ cancelRequested: true as const }, /the sweeper ends it as cancelled .* in 9 d/],
  ])('leaves it to the sweeper where no message is to be seen: %j', async (changes, next) => {
    const { id, lose, where } = await lapsed(changes);
    await lose();
    expect(await where(id)).toMatchObject({ place: 'lapsed' });
    await lab.pass(3 * HOUR);
    expect(await where(id)).toMatchObject({
      place: 'lost',
      here: expect.stringMatching(
        /^The worker of attempt 1 is gone: its lease ended 3 h ago .* And no message is to be seen in default\/normal or its dead-letter queue/,
      ),
      next: expect.stringMatching(next),
    });
  });

  it('names the dead-letter queue where its queue is empty and that is not', async () => {
    const { id, system, lose, where } = await lapsed();
    await system.send(await lose());
    await lab.pass(3 * HOUR);
    expect(await where(id)).toMatchObject({
      place: 'dead-letter-queue',
      here: expect.stringMatching(
        /lease ended 3 h ago .*default\/normal is empty; 1 lie in its dead-letter queue/,
      ),
      next: 'The recorder brings it back from there, or ends it.',
    });
  });
});
