import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineJob,
  defineSchedule,
  EnvelopeUnreadableError,
  LIMITS,
  MillraceError,
  PayloadTooLargeError,
  readEnvelope,
  readTick,
  type TickSource,
  TickUnreadableError,
  tickId,
  tickInput,
  tickSource,
  writeTick,
} from '../../lib/contract/index.ts';

const AT = Date.parse('2027-03-22T18:59:00Z');
const report = defineJob({ name: 'report.build', schema: z.object({ title: z.string() }), version: 2 });
const daily = defineSchedule(report, {
  ...{ name: 'daily', cron: '0 7 * * ? *', payload: { title: 'Yesterday' }, tenant: 'acme' },
  ...{ overlap: 'queue', maxAge: '2h', window: '10m' },
});

function golden(name: string): string {
  return readFileSync(new URL(`./fixtures/golden/tick-v1-${name}.json`, import.meta.url), 'utf8');
}

/** As EventBridge Scheduler does: its attribute is text that it replaces, wherever it stands. */
function fired(input: string, at = '2027-03-22T18:59:00Z'): { QueueUrl: string; MessageBody: string } {
  return JSON.parse(input.replaceAll('<aws.scheduler.scheduled-time>', at));
}

function refusal(body: string): MillraceError {
  try {
    readTick(body);
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error(`read as a tick: ${body}`);
}

describe('a tick', () => {
  it('carries all that the record of its job is built from', () => {
    expect(readTick(writeTick(tickSource(daily), AT))).toEqual({
      ...{ schedule: 'daily', tenant: 'acme', overlap: 'queue', at: AT, payload: { title: 'Yesterday' } },
      job: { type: 'report.build', version: 2, pool: 'default', priority: 'normal' },
      // A window is no delay: what comes at its end is not late.
      maxAge: 2 * 3_600_000 + 600_000,
    });
  });

  it('is read as every released version wrote it', () => {
    expect(readTick(golden('full'))).toEqual({
      ...{
        schedule: 'daily',
        tenant: 'acme',
        rev: 3,
        overlap: 'queue',
        maxAge: 7_800_000,
        deadline: 3_600_000,
      },
      job: { type: 'report.build', version: 2, pool: 'default', priority: 'high' },
      ...{ payload: { title: 'Yesterday <b>' }, at: AT },
    });
    expect(readTick(golden('minimal'))).toEqual({
      ...{ schedule: 'daily', overlap: 'allow', maxAge: 86_400_000, payload: null, at: AT },
      job: { type: 'report.build', version: 1, pool: 'default', priority: 'normal' },
    });
  });

  it('is no envelope, and an envelope is no tick', () => {
    const body = writeTick(tickSource(daily), AT);
    expect(() => readEnvelope(body)).toThrow(EnvelopeUnreadableError);
    expect(readTick('{"v":1,"id":"a"}')).toBeUndefined();
    expect(readTick('hello')).toBeUndefined();
    expect(readTick('null')).toBeUndefined();
  });

  it.each([
    ['of another version', '{"v":2,"tick":{}}', 'version 2'],
    ['of a name that no schedule has', golden('minimal').replace('daily', 'a#b'), 'schedule'],
    ['without a schedule', '{"v":1,"tick":{}}', 'schedule'],
    [
      'whose time EventBridge Scheduler did not fill in',
      golden('minimal').replace(/2027[^"]*/, '<aws>'),
      'at',
    ],
    ['whose time has no zone', golden('minimal').replace('00Z', '00'), 'at'],
    ['without a payload', golden('minimal').replace('"payload"', '"other"'), 'payload'],
  ])('%s is refused, as an unreadable message is', (_, body, said) => {
    const error = refusal(body);
    expect(error).toBeInstanceOf(TickUnreadableError);
    expect(error).toBeInstanceOf(EnvelopeUnreadableError);
    expect(error.message).toContain(said);
  });
});

describe('the input of a schedule', () => {
  it('becomes the tick of each firing', () => {
    const input = fired(
      tickInput({ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q', ...tickSource(daily) }),
    );
    expect(input).toMatchObject({
      QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q',
      MessageGroupId: 'acme',
    });
    expect(readTick(input.MessageBody)).toEqual(readTick(writeTick(tickSource(daily), AT)));
  });

  it('leaves every payload as it is, one that names the attributes of EventBridge Scheduler too', () => {
    const payloads = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        '<aws.scheduler.scheduled-time>',
        { '<aws.scheduler.execution-id>': '<' },
        '"}}',
        '\uFFFE',
      ),
    );
    fc.assert(
      fc.property(payloads, (payload) => {
        const source: TickSource = { ...tickSource(daily), payload };
        const { MessageBody } = fired(tickInput({ queueUrl: 'q', ...source }));
        expect(readTick(MessageBody)?.payload).toEqual(JSON.parse(JSON.stringify(payload)));
        expect(MessageBody).not.toMatch(/[\uFFFE\uFFFF]/);
      }),
    );
  });

  it('is refused where it is larger than EventBridge Scheduler takes', () => {
    const payload = { title: 'x'.repeat(LIMITS.scheduleInputBytes) };
    expect(() => tickInput({ queueUrl: 'q', ...tickSource(daily), payload })).toThrow(PayloadTooLargeError);
  });
});

describe("a tick's job", () => {
  it('has the same id for the same tenant, schedule and time, whatever else changed', () => {
    const tick = { tenant: 'acme', schedule: 'daily', at: AT };
    const ids = [
      tickId(tick),
      tickId({ ...tick, at: AT + 60_000 }),
      tickId({ ...tick, schedule: 'hourly' }),
      tickId({ ...tick, tenant: undefined }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(tickId({ ...tick })).toBe(ids[0]);
  });
});
