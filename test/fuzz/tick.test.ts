import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LIMITS,
  readTick,
  type Tick,
  type TickSource,
  TickUnreadableError,
  tickId,
  writeTick,
} from '../../lib/contract/index.ts';
import { LOG_LINES } from '../../lib/observe/index.ts';
import { Lab } from '../worker/lab.ts';
import { catalog, work } from '../worker/work.ts';
import { hostileJson, hostileText } from './hostile.ts';
import { scaled, TIME_LIMIT } from './scale.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const { name: type, version, pool, priority } = work;
const source: TickSource = {
  ...{ schedule: 'daily', tenant: 'acme', job: { type, version, pool, priority }, overlap: 'allow' },
  ...{ maxAge: 8.64e15, deadline: 60_000, payload: { n: 1 } },
};

/** A tick with a field of its own, or of its job, gone or set to something else. */
const broken: fc.Arbitrary<string> = fc
  .record({
    field: fc.constantFrom(
      ...Object.keys(source),
      'at',
      'rev',
      'type',
      'version',
      'pool',
      'priority',
      '__proto__',
    ),
    value: fc.oneof(fc.constant(undefined), hostileJson, hostileText, fc.integer()),
    at: fc.oneof(
      fc.date({ min: new Date(0), noInvalidDate: true }),
      fc.date({ min: new Date('2000-01-01'), max: new Date('2026-01-01'), noInvalidDate: true }),
    ),
  })
  .map(({ field, value, at }) => {
    const { v, tick } = JSON.parse(writeTick(source, at.getTime())) as {
      v: number;
      tick: Record<string, unknown>;
    };
    const { job, ...rest } = tick as { job: Record<string, unknown> };
    const change = (object: object) => ({ ...object, [field]: value });
    const changed = field in job ? { ...rest, job: change(job) } : change({ ...rest, job });
    return JSON.stringify({ v, tick: changed });
  });

/** A tick whose payload is as JSON says: nested, or long, beyond what a record can hold, or almost so. */
const heavy: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 1_000, max: 200_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
    fc.integer({ min: LIMITS.payloadBytes - 5, max: 600_000 }).map((length) => `"${'x'.repeat(length - 2)}"`),
    fc.integer({ min: 100_000, max: 250_000 }).map((length) => `"${'é'.repeat(length)}"`),
  )
  .map((json) => {
    const body = writeTick({ ...source, payload: 'here' }, Date.UTC(2027, 0, 1));
    return body.replace('"here"', () => json);
  });

/** SQS: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF (SendMessage, API reference). */
const SENDABLE = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+$/u;

function read(body: string): Tick | undefined {
  try {
    return readTick(body);
  } catch (error) {
    if (error instanceof TickUnreadableError) return undefined;
    throw error;
  }
}

describe('ticks that are broken, or strange', () => {
  it('are read, or refused by a typed error', () => {
    fc.assert(
      fc.property(fc.oneof(broken, hostileText), (body) => {
        read(body);
      }),
      { numRuns: scaled(2_000) },
    );
  });

  it('are refused where no record can hold their payload', () => {
    const sized = (length: number) => read(writeTick({ ...source, payload: 'x'.repeat(length - 2) }, 0));
    expect(sized(LIMITS.payloadBytes)).toBeDefined();
    expect(sized(LIMITS.payloadBytes + 1)).toBeUndefined();
    fc.assert(
      fc.property(heavy, (body) => {
        const tick = read(body);
        if (tick)
          expect(Buffer.byteLength(JSON.stringify(tick.payload))).toBeLessThanOrEqual(LIMITS.payloadBytes);
      }),
      { numRuns: scaled(50) },
    );
  });

  it('become a record that every part can read, or are left for the dead-letter queue', {
    timeout: TIME_LIMIT,
  }, async () => {
    const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
    let made = 0;
    const sendable = broken.filter((body) => SENDABLE.test(body));
    for (const body of [...fc.sample(sendable, scaled(300)), ...fc.sample(heavy, scaled(10))]) {
      await stand.send(body);
      const { failures, lost } = await stand.invoke();
      expect(lost).toBe(false);
      const tick = read(body);
      expect(failures, body).toHaveLength(tick ? 0 : 1);
      if (!tick) continue;
      // Late, of a schedule that is there no more, or of one that skips: each said so.
      const time = new Date(tick.at).toISOString();
      if (
        stand.lines.some((line) => line.message === LOG_LINES.tickDropped && line['scheduled_for'] === time)
      )
        continue;
      const record = await stand.table.get(tickId(tick));
      expect(record, body).toMatchObject({ schedule: tick.schedule, scheduledFor: tick.at });
      made += 1;
    }
    expect(made).toBeGreaterThan(5);
  });
});
