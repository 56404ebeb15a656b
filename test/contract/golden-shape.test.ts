import { beforeAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../lib/contract/index.ts';
import type { Item } from '../../lib/state/index.ts';
import { Lab } from '../worker/lab.ts';
import { type Written, writeEverything } from './everything-written.ts';
import { breaks, readShape } from './shape.ts';

// fixtures/golden/README.md says what to do when a test here fails.

const shape = readShape();

describe('what this build writes', () => {
  let written: Written;
  beforeAll(async () => {
    await using lab = await Lab.start();
    written = await writeEverything(lab);
  });

  it('is what builds that are still running, and jobs in flight, count on', () => {
    expect(breaks(shape, written)).toEqual([]);
  });

  it('was written out of every state that a job can be in', () => {
    const states = new Set(written.items.flatMap(({ status }) => (status?.S ? [status.S] : [])));
    expect([...states].sort()).toEqual([...STATUSES].sort());
  });

  it('was an envelope of every version', () => {
    const versions = new Set(written.bodies.map((body) => JSON.parse(body).v));
    expect([...versions].sort()).toEqual([1, 2]);
  });

  it('was every kind of item and every field that the shape knows', () => {
    const kinds = new Set(written.items.map(({ sk }) => sk?.S?.split('#')[0]));
    const known = Object.keys(shape).filter((kind) => kind !== 'envelope' && !kind.includes(' '));
    expect([...kinds].sort()).toEqual(known.sort());
    for (const kind of kinds) {
      const items = written.items.filter(({ sk }) => sk?.S?.split('#')[0] === kind);
      const fields = new Set(items.flatMap((item) => Object.keys(item)));
      expect(Object.keys(shape[kind ?? '']?.optional ?? {}).filter((field) => !fields.has(field))).toEqual(
        [],
      );
    }
  });

  const change = (kind: string, to: (item: Item) => Item) => {
    const items = written.items.map((item) => (item['sk']?.S?.startsWith(kind) ? to(item) : item));
    return breaks(shape, { items, bodies: [] });
  };

  it.each<[string, string, (item: Item) => Item, string[]]>([
    [
      'a field that is gone',
      'state',
      ({ gen: _, ...item }) => item,
      ["state: 'gen' (S) is gone: this breaks jobs in flight; keep writing it"],
    ],
    [
      'a field that was renamed',
      'attempt',
      ({ worker, ...item }) => ({ ...item, environment: worker as Item[string] }),
      [
        "attempt: 'environment' (S) is new; add it to the shape as optional",
        "attempt: 'worker' (S) is gone: this breaks jobs in flight; keep writing it",
      ],
    ],
    [
      'a field of another type',
      'payload',
      (item) => ({ ...item, payload: { B: new Uint8Array() } }),
      ["payload: 'payload' is B now and was S: this breaks jobs in flight; write what was"],
    ],
    [
      'a field that is gone from one state only',
      'state',
      ({ leaseUntil, ...item }) =>
        item['status']?.S === 'running' ? item : { ...item, ...(leaseUntil && { leaseUntil }) },
      ["state running: 'leaseUntil' (N) is gone: this breaks jobs in flight; keep writing it"],
    ],
    [
      'a kind of item that is new',
      'control',
      (item) => ({ ...item, sk: { S: 'step#1' } }),
      ['step: a kind of item that no reader knows; add it to the shape'],
    ],
  ])('would be told of %s', (_, kind, to, told) => {
    expect(change(kind, to)).toEqual(told);
  });

  it('would be told of an envelope that changed', () => {
    const [body = ''] = written.bodies;
    const { nonce: _, ...envelope } = JSON.parse(body);
    const bodies = [JSON.stringify({ ...envelope, runAt: '2027-01-01' })];
    expect(breaks(shape, { items: [], bodies })).toEqual([
      "envelope: 'nonce' (string) is gone: this breaks jobs in flight; keep writing it",
      "envelope: 'runAt' is string now and was number: this breaks jobs in flight; write what was",
    ]);
  });
});
