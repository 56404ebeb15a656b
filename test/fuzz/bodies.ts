import fc from 'fast-check';
import type { Envelope } from '../../lib/contract/index.ts';
import { hostileJson, hostileText } from './hostile.ts';

/** A field of an envelope, of any envelope to come, or of every object. */
const FIELDS = [
  ...[
    'v',
    'id',
    'gen',
    'dispatch',
    'nonce',
    'type',
    'version',
    'pool',
    'priority',
    'tenant',
    'key',
    'attempts',
  ],
  ...[
    'runAt',
    'enqueuedAt',
    'correlationId',
    'tags',
    'payload',
    '__proto__',
    'constructor',
    'toString',
    'lineage',
  ],
] as const;

interface Edit {
  readonly field: string;
  readonly value: unknown;
}

/** Takes a field away, or sets it to something else. */
const edits: fc.Arbitrary<Edit> = fc.record({
  field: fc.constantFrom(...FIELDS),
  value: fc.oneof(fc.constant(undefined), hostileJson),
});

/** The JSON of an envelope with some of its fields gone or changed; duplicates of a field included. */
function editedBodies(envelope: Envelope): fc.Arbitrary<string> {
  return fc.array(edits, { minLength: 1, maxLength: 3 }).map((changes) => {
    const fields = new Map<string, unknown>(Object.entries(envelope));
    for (const { field, value } of changes) {
      if (value === undefined) fields.delete(field);
      else fields.set(field, value);
    }
    // Written by hand: an object of JavaScript could not hold `__proto__` as a field.
    const written = [...fields].map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`,
    );
    return `{${written.join(',')}}`;
  });
}

/** The text with a part cut out, doubled or written over. */
function damagedBodies(body: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(body.length - 1), fc.nat(24), fc.constantFrom('cut', 'double', 'overwrite'), hostileText)
    .map(([at, length, how, text]) => {
      const [before, part, after] = [body.slice(0, at), body.slice(at, at + length), body.slice(at + length)];
      if (how === 'cut') return before + after;
      return how === 'double' ? before + part + part + after : before + text + after;
    });
}

/** What other programs send to queues. */
const FOREIGN = [
  '{"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"b"}}}]}',
  '{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":"{\\"v\\":1}"}',
  '{"version":"0","id":"i","detail-type":"Scheduled Event","source":"aws.events","detail":{}}',
  '<?xml version="1.0"?><job/>',
  'O:8:"stdClass":1:{s:1:"v";i:1;}',
  'eyJ2IjoxfQ==',
  '{"v":1}{"v":1}',
  '[{"v":1}]',
  '"{\\"v\\":1}"',
  'null',
];

/** Message bodies as nobody should send them. `envelope` is one that a worker would take. */
export function bodies(envelope: Envelope): fc.Arbitrary<string> {
  const good = JSON.stringify(envelope);
  return fc.oneof(
    { arbitrary: editedBodies(envelope), weight: 6 },
    { arbitrary: damagedBodies(good), weight: 3 },
    { arbitrary: hostileText, weight: 1 },
    { arbitrary: hostileJson.map((value) => JSON.stringify(value) ?? ''), weight: 2 },
    { arbitrary: fc.constantFrom(...FOREIGN), weight: 1 },
  );
}
