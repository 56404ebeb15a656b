import { afterEach, describe, expect, it } from 'vitest';
import type { InvokeFunction } from '../../../lib/local/scheduler/targets.ts';
import { OFF, REGION, ROLE, SchedulerFixture } from './scheduler-fixture.ts';

const FUNCTION = `arn:aws:lambda:${REGION}:000000000000:function:sweeper`;
const NO_QUEUE = `arn:aws:sqs:${REGION}:000000000000:nowhere`;
const ONCE = { ScheduleExpression: 'at(2027-01-01T00:00:00)' };
const DAY = 86_400_000;

describe('an event of the local Scheduler', () => {
  let fixture: SchedulerFixture;

  afterEach(() => fixture?.[Symbol.asyncDispose]());

  const start = async (invokeFunction?: InvokeFunction) => {
    fixture = await SchedulerFixture.start({ ...(invokeFunction && { invokeFunction }) });
    return fixture.queue();
  };
  const failures = () =>
    fixture.events.flatMap((event) =>
      event.type === 'delivery-failed' ? [{ attempt: event.attempt, retryAt: event.retryAt }] : [],
    );

  it('has the context attributes of its occurrence and its try filled in', async () => {
    const { url } = await start();
    const body = [
      '<aws.scheduler.schedule-arn>',
      '<aws.scheduler.scheduled-time>',
      '<aws.scheduler.attempt-number>',
      '<aws.scheduler.execution-id>',
      '<aws.scheduler.scheduled-time>',
    ].join(' ');
    const arn = await fixture.sends(url, body, { ScheduleExpression: 'at(2027-01-01T06:30:05)' });
    await fixture.scheduler.advance(DAY);
    const [sent = ''] = await fixture.bodies(url);
    const [scheduleArn, time, attempt, executionId, again] = sent.split(' ');
    expect([scheduleArn, time, attempt, again]).toEqual([
      arn,
      '2027-01-01T06:30:05Z',
      '1',
      '2027-01-01T06:30:05Z',
    ]);
    expect(executionId).toMatch(/^[\w-]{8,}$/);
  });

  it('goes to a queue by its ARN', async () => {
    const { url, arn } = await start();
    await fixture.sends(url, '', { ...ONCE, Target: { Arn: arn, Input: 'plain text' } });
    await fixture.scheduler.advance(0);
    expect(await fixture.bodies(url)).toEqual(['plain text']);
  });

  it('is AWS’s own where the schedule gives no input', async () => {
    const { url, arn } = await start();
    const scheduleArn = await fixture.sends(url, '', { ...ONCE, Target: { Arn: arn, Input: undefined } });
    await fixture.scheduler.advance(0);
    const [body = ''] = await fixture.bodies(url);
    expect(JSON.parse(body)).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: '000000000000',
      region: REGION,
      time: '2027-01-01T00:00:00Z',
      resources: [scheduleArn],
    });
  });

  it('invokes a function', async () => {
    const invoked: unknown[] = [];
    await start(async (arn, event) => {
      invoked.push([arn, event]);
    });
    const Input = JSON.stringify({ at: '<aws.scheduler.scheduled-time>' });
    await fixture.sends('', '', { ...ONCE, Target: { Arn: FUNCTION, Input } });
    await fixture.scheduler.advance(0);
    expect(invoked).toEqual([[FUNCTION, { at: '2027-01-01T00:00:00Z' }]]);
  });

  it('that its target refuses is tried again, further and further apart, until it is taken', async () => {
    let tries = 0;
    const seen: unknown[] = [];
    await start(async (_, event) => {
      seen.push(event);
      tries += 1;
      if (tries < 4) throw new Error(`not yet: ${tries}`);
    });
    const Input = JSON.stringify({ attempt: '<aws.scheduler.attempt-number>' });
    await fixture.sends('', '', {
      ...ONCE,
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: FUNCTION, Input },
    });
    await fixture.scheduler.advance(DAY);
    const begin = Date.UTC(2027, 0, 1);
    expect(failures().map(({ retryAt = 0 }) => retryAt - begin)).toEqual([1_000, 3_000, 7_000]);
    expect(seen).toEqual([1, 2, 3, 4].map((attempt) => ({ attempt: String(attempt) })));
    expect(fixture.events.at(-1)).toMatchObject({ type: 'delivered', attempt: 4 });
  });

  it('whose retries are used up goes to the dead-letter queue, with what went wrong', async () => {
    const { url, arn: deadLetters } = await start();
    const scheduleArn = await fixture.sends('', '', {
      ...ONCE,
      Target: {
        Arn: NO_QUEUE,
        Input: 'due at <aws.scheduler.scheduled-time>',
        RetryPolicy: { MaximumRetryAttempts: 2 },
        DeadLetterConfig: { Arn: deadLetters },
      },
    });
    await fixture.scheduler.advance(DAY);
    const [dead, ...others] = await fixture.received(url);
    expect(others).toEqual([]);
    expect(dead?.Body).toBe('due at 2027-01-01T00:00:00Z');
    const attributes = Object.entries(dead?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]);
    expect(Object.fromEntries(attributes)).toEqual({
      ERROR_CODE: 'AWS.SimpleQueueService.NonExistentQueue',
      ERROR_MESSAGE: expect.stringContaining('queue'),
      EXECUTION_ID: expect.stringMatching(/^[\w-]{8,}$/),
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: '2',
      SCHEDULED_TIME: '2027-01-01T00:00:00Z',
      SCHEDULE_ARN: scheduleArn,
      TARGET_ARN: NO_QUEUE,
    });
    expect(failures()).toHaveLength(3);
    expect(fixture.events.at(-1)).toMatchObject({ type: 'given-up', deadLetterArn: deadLetters });
  });

  it('that grows too old goes to the dead-letter queue before its retries are used up', async () => {
    const { url, arn: deadLetters } = await start();
    await fixture.sends('', '', {
      ...ONCE,
      Target: {
        Arn: NO_QUEUE,
        Input: 'old',
        RetryPolicy: { MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: deadLetters },
      },
    });
    await fixture.scheduler.advance(DAY);
    const [dead] = await fixture.received(url);
    expect(dead?.MessageAttributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumEventAgeInSeconds' },
      // After 1, 3, 7, 15 and 31 seconds; the next would be after 63.
      RETRY_ATTEMPTS: { StringValue: '5' },
    });
  });

  it('is lost without a dead-letter queue, and said to be', async () => {
    await start();
    const Target = { Arn: NO_QUEUE, Input: 'x', RetryPolicy: { MaximumRetryAttempts: 0 } };
    await fixture.sends('', '', { ...ONCE, Target });
    await fixture.scheduler.advance(DAY);
    expect(fixture.events.at(-1)).toEqual({
      type: 'given-up',
      scheduleArn: expect.stringMatching(/schedule$/),
      scheduledAt: Date.UTC(2027, 0, 1),
      message: expect.stringContaining('queue'),
    });
  });

  it('is said to be lost when the dead-letter queue is not there either', async () => {
    await start();
    const Target = {
      Arn: NO_QUEUE,
      Input: 'x',
      RetryPolicy: { MaximumRetryAttempts: 0 },
      DeadLetterConfig: { Arn: `${NO_QUEUE}-either` },
    };
    await fixture.sends('', '', { ...ONCE, Target });
    await fixture.scheduler.advance(0);
    const last = fixture.events.at(-1);
    expect(last).toMatchObject({ type: 'given-up', message: expect.stringContaining('dead-letter queue') });
    expect(last).not.toHaveProperty('deadLetterArn');
  });

  it('keeps nothing back: the next occurrence does not wait for the retries of the last', async () => {
    let down = true;
    const seen: unknown[] = [];
    await start(async (_, event) => {
      if (down) throw new Error('down');
      seen.push(event);
    });
    const Input = JSON.stringify('<aws.scheduler.scheduled-time>');
    await fixture.sends('', '', {
      ScheduleExpression: 'cron(0/10 * * * ? *)',
      FlexibleTimeWindow: OFF,
      Target: { Arn: FUNCTION, RoleArn: ROLE, Input },
    });
    await fixture.scheduler.advance(10 * 60_000 + 500);
    expect(failures().filter(({ attempt }) => attempt === 1)).toHaveLength(2);
    down = false;
    await fixture.scheduler.advance(30 * 60_000);
    expect(seen.toSorted()).toEqual(
      ['00', '10', '20', '30', '40'].map((minute) => `2027-01-01T00:${minute}:00Z`),
    );
  });
});
