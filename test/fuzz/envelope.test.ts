import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Envelope,
  EnvelopeUnreadableError,
  readEnvelope,
  writeEnvelope,
} from '../../lib/contract/index.ts';
import { bodies } from './bodies.ts';
import { scaled, TIME_LIMIT } from './scale.ts';

const good: Envelope = {
  ...{ v: 1, id: '01JD4Z8Q6W3N5R7T9V1X2Y4Z6A', gen: '01JD4Z8Q6W3N5R7T9V1X2Y4Z6B', dispatch: 3 },
  ...{ nonce: 'q83vEjRWeJCrze8SNFZ4kA', type: 'work', version: 1, pool: 'default', priority: 'normal' },
  ...{
    tenant: 'acme',
    key: 'order-42',
    attempts: 2,
    runAt: 1_800_000_000_000,
    enqueuedAt: 1_799_999_999_000,
  },
  ...{ correlationId: 'req-7', tags: { plan: 'pro' }, payload: { n: 1 } },
};

/** What a reader of envelopes builds keys, times and counters from. */
function expectUsable(envelope: Envelope): void {
  const { id, gen, nonce, dispatch, attempts, version, runAt, enqueuedAt, tenant } = envelope;
  for (const text of [id, gen, nonce]) {
    // DynamoDB: a partition key has at most 2,048 bytes, a sort key 1,024, both with room for what stands around these.
    expect(Buffer.byteLength(text)).toBeLessThan(900);
    expect(text.isWellFormed()).toBe(true);
  }
  // The next number is one too, and one that counts on.
  for (const count of [dispatch, attempts, version]) expect(Number.isSafeInteger(count + 1)).toBe(true);
  for (const time of [runAt, enqueuedAt]) expect(new Date(time).getTime()).toBe(time);
  if (tenant !== undefined) expect(tenant).toMatch(/^[!-~]{1,128}$/);
}

/** How many it is that are tried. */
const RUNS = scaled(60_000);

describe(`${RUNS} message bodies that nobody should send`, () => {
  it(
    'are envelopes that a worker can use, or refused with the typed error',
    () => {
      let read = 0;
      fc.assert(
        fc.property(bodies(good), (body) => {
          let envelope: Envelope;
          try {
            envelope = readEnvelope(body);
          } catch (error) {
            expect(error).toBeInstanceOf(EnvelopeUnreadableError);
            expect((error as Error).message.length).toBeLessThan(1_000);
            return;
          }
          read += 1;
          expectUsable(envelope);
          // JSON has neither -0 nor the infinity that 1e999 is read as.
          expect(readEnvelope(writeEnvelope(envelope))).toEqual(JSON.parse(JSON.stringify(envelope)));
        }),
        { numRuns: RUNS },
      );
      // Neither side of it is empty: some of what is broken still makes sense.
      expect(read).toBeGreaterThan(scaled(1_000));
    },
    TIME_LIMIT,
  );
});
