import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ENVELOPE_VERSION,
  type Envelope,
  EnvelopeUnreadableError,
  LIMITS,
  MillraceError,
  PRIORITIES,
  readEnvelope,
  writeEnvelope,
} from '../../lib/contract/index.ts';

function golden(name: string): Promise<string> {
  return readFile(new URL(`./fixtures/golden/envelope-v1-${name}.json`, import.meta.url), 'utf8');
}

function refusal(body: string): EnvelopeUnreadableError {
  try {
    readEnvelope(body);
  } catch (error) {
    if (error instanceof EnvelopeUnreadableError) return error;
    throw error;
  }
  throw new Error(`read as an envelope: ${body}`);
}

const count = fc.nat();
const text = fc.string({ minLength: 1, unit: 'grapheme' });
// As checkTenant lets pass.
const tenant = fc.stringMatching(/^[!-~]{1,128}$/);
// As checkTags lets pass.
const tagKey = text.filter((key) => !(key in Object.prototype) && key !== 'prototype');
const envelopes: fc.Arbitrary<Envelope> = fc.record(
  {
    v: fc.constant(ENVELOPE_VERSION as 1),
    id: text,
    gen: text,
    dispatch: count,
    nonce: text,
    type: text,
    version: fc.integer({ min: 1, max: LIMITS.version }),
    pool: text,
    priority: fc.constantFrom(...PRIORITIES),
    tenant,
    key: text,
    attempts: count,
    runAt: count,
    enqueuedAt: count,
    correlationId: text,
    tags: fc.dictionary(tagKey, text),
    payload: fc.jsonValue(),
  },
  {
    requiredKeys: [
      ...(['v', 'id', 'gen', 'dispatch', 'nonce', 'type', 'version', 'pool', 'priority'] as const),
      ...(['attempts', 'runAt', 'enqueuedAt', 'payload'] as const),
    ],
  },
);

describe('the envelope', () => {
  it.each(['full', 'minimal'])(
    'reads and writes the %s message of version 1 as it was written then',
    async (name) => {
      const body = await golden(name);
      const envelope = readEnvelope(body);
      expect(envelope).toEqual(JSON.parse(body));
      expect(JSON.parse(writeEnvelope(envelope))).toEqual(JSON.parse(body));
    },
  );

  it.each(['envelope-v2', 'envelope-v2-scheduled'])(
    'reads and writes a message whose payload stands in the table as version 2 wrote it: %s',
    async (name) => {
      const body = await readFile(new URL(`./fixtures/golden/${name}.json`, import.meta.url), 'utf8');
      const envelope = readEnvelope(body);
      expect(envelope).toEqual(JSON.parse(body));
      expect(envelope).not.toHaveProperty('payload');
      expect(JSON.parse(writeEnvelope(envelope))).toEqual(JSON.parse(body));
    },
  );

  it('has one payload only: that of the table, in version 2', async () => {
    const body = JSON.parse(await golden('full'));
    expect(readEnvelope(JSON.stringify({ ...body, v: 2 }))).not.toHaveProperty('payload');
  });

  it('leaves alone what a newer writer added', async () => {
    const { traceparent, lineage, ...known } = JSON.parse(await golden('newer-writer'));
    expect([traceparent, lineage]).not.toContain(undefined);
    expect(readEnvelope(await golden('newer-writer'))).toEqual(known);
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        // JSON has no negative zero.
        expect(readEnvelope(writeEnvelope(envelope))).toEqual(JSON.parse(JSON.stringify(envelope)));
      }),
    );
  });

  it('writes nothing that SQS refuses in a message', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(envelopes, units, (envelope, payload) => {
        const body = writeEnvelope({ ...envelope, payload });
        // SQS: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD (SendMessage, API reference).
        expect(body).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/);
        expect(readEnvelope(body).payload).toBe(payload);
      }),
    );
  });

  it.each([
    ['emoji', '😀', 4],
    ['U+FFFF', '\uffff', 3],
    ['control characters', '\\u0000', 6],
  ])('fits a message whatever characters the largest payload has: %s', async (_, character, bytes) => {
    const payload = JSON.parse(`"${character.repeat(Math.floor((LIMITS.payloadBytes - 2) / bytes))}"`);
    const body = writeEnvelope({ ...readEnvelope(await golden('full')), payload });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1_048_576);
    expect(readEnvelope(body).payload).toBe(payload);
  });

  describe('refuses', () => {
    it.each(['', ' ', 'hello', '{', '{"v":1', "{'v':1}", 'undefined', 'NaN', '\u0000', '[1,'])(
      'what is not JSON: %j',
      (body) => {
        const error = refusal(body);
        expect(error).toMatchObject({ code: 'ENVELOPE_UNREADABLE', retryable: false });
        expect(error.message).toContain('The message is not JSON');
        expect(error.cause).toBeInstanceOf(SyntaxError);
      },
    );

    it.each(['null', 'true', '7', '"text"', '[]', '[{"v":1}]', '{}', '{"Records":[]}'])(
      'JSON that is no envelope: %s',
      (body) => {
        expect(refusal(body).message).toContain('The message is not a Millrace envelope');
      },
    );

    const required = Object.keys(minimal());
    it.each(required)('an envelope without %s, and says so', (field) => {
      const { [field]: _, ...rest } = minimal();
      expect(refusal(JSON.stringify(rest)).message).toMatch(new RegExp(`\\b${field}\\b`));
    });

    it.each([0, 3, 99, -1, 1.5])('the version %d, and names it', (v) => {
      const { message } = refusal(JSON.stringify({ ...minimal(), v }));
      expect(message).toContain(`The message has envelope version ${v}`);
      expect(message).toContain('Expected: a JSON envelope of version 1 or 2');
    });

    it.each<[string, unknown[]]>([
      ['v', ['1', null, true]],
      ['id', ['', 7, null, {}, 'x'.repeat(257), '\ud800']],
      ['gen', ['', 7, 'x'.repeat(257), '\udfff']],
      ['dispatch', [-1, 1.5, '0', null, 1e12 + 1]],
      ['nonce', ['', 7, 'x'.repeat(257)]],
      ['type', ['', 7]],
      ['version', [0, -1, 1.5, '1', 1e7]],
      ['pool', ['', 7]],
      ['priority', ['urgent', '', 'CRITICAL', 'constructor', 7]],
      ['tenant', ['', 7, null, 'two words', 'é', 'x'.repeat(129)]],
      ['key', ['', 7, null]],
      ['attempts', [-1, 0.5, '1', 1e300]],
      ['runAt', [-1, 0.5, '2026-11-23T00:00:00Z', 8.64e15 + 1]],
      ['enqueuedAt', [-1, null]],
      ['correlationId', ['', 7, null]],
      ['tags', ['web', 7, null, { source: 7 }, { source: null }]],
    ])('a %s of another type or range', (field, values) => {
      for (const value of values)
        expect(refusal(JSON.stringify({ ...minimal(), [field]: value })).message).toContain(field);
    });

    it('with an error of bearable length, whatever the message holds', () => {
      const long = 'x'.repeat(500_000);
      const tags = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`tag${i}`, i]));
      for (const body of [
        long,
        JSON.stringify({ v: 3, long }),
        JSON.stringify({ ...minimal(), v: long }),
        JSON.stringify({ ...minimal(), priority: long }),
        JSON.stringify({ ...minimal(), tags }),
        JSON.stringify({ ...minimal(), tags: { [long]: 7 } }),
      ])
        expect(refusal(body).message.length).toBeLessThan(1_000);
    });

    it('anything else with no other error', () => {
      const broken = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.json(),
        fc.json({ maxDepth: 20 }),
        fc.anything({ withNullPrototype: true }).map((value) => JSON.stringify(value, safely) ?? ''),
        fc
          .tuple(fc.constantFrom(...Object.keys(minimal()), '__proto__', 'tags', 'tenant'), fc.jsonValue())
          .map(
            ([field, value]) =>
              `${JSON.stringify(minimal()).slice(0, -1)},${JSON.stringify(field)}:${JSON.stringify(value)}}`,
          ),
        fc.tuple(envelopes, fc.nat(), fc.nat()).map(([envelope, a, b]) => cut(writeEnvelope(envelope), a, b)),
      );
      fc.assert(
        fc.property(broken, (body) => {
          try {
            expect([1, 2]).toContain(readEnvelope(body).v);
          } catch (error) {
            expect(error).toBeInstanceOf(EnvelopeUnreadableError);
            expect(error).toBeInstanceOf(MillraceError);
          }
        }),
        { numRuns: 1_000 },
      );
    });

    it('deep nesting with no other error', () => {
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      expect(refusal(deep).message).toContain('not a Millrace envelope');
      expect(refusal('['.repeat(100_000)).message).toContain('not JSON');
      const body = JSON.stringify(minimal()).replace('"payload":null', `"payload":${deep}`);
      expect(readEnvelope(body).payload).toBeInstanceOf(Array);
    });
  });
});

function minimal(): Record<string, unknown> {
  return {
    ...{ v: 1, id: 'id', gen: 'gen', dispatch: 0, nonce: 'nonce', type: 'type', version: 1, pool: 'default' },
    ...{ priority: 'normal', attempts: 0, runAt: 0, enqueuedAt: 0, payload: null },
  };
}

function safely(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** The text without a part of it. */
function cut(body: string, a: number, b: number): string {
  const from = a % body.length;
  return body.slice(0, from) + body.slice(from + 1 + (b % 20));
}
