import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest, keyedId, systemChance } from '../../lib/contract/index.ts';

describe('ids', () => {
  it('give the same job for the same tenant, type and key, and forever the same id', () => {
    expect(keyedId({ tenant: 'acme', type: 'receipt.send', key: 'order-42' })).toBe(
      'kHWEVQDUuTn0QClYlAXHdT0R3RwN',
    );
    expect(keyedId({ type: 'receipt.send', key: 'order-42' })).toBe('knoFzDfCxFmOTq78Wh_NVqEGOAoy');
  });

  it('keep any two different triples apart, wherever their parts meet', () => {
    const part = fc.string({ maxLength: 3 });
    const triples = fc.record({ tenant: fc.option(part, { nil: undefined }), type: part, key: part });
    fc.assert(
      fc.property(triples, triples, (one, other) => {
        const same = one.tenant === other.tenant && one.type === other.type && one.key === other.key;
        expect(keyedId(one) === keyedId(other)).toBe(same);
      }),
      { numRuns: 1_000 },
    );
    expect(keyedId({ tenant: 'null', type: 'a', key: 'b' })).not.toBe(keyedId({ type: 'a', key: 'b' }));
  });

  it('are of one length and alphabet, whatever the key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        expect(digest(key)).toMatch(/^[\w-]{27}$/);
      }),
    );
  });

  it('sort by time, and differ within a millisecond', () => {
    const [first, second] = [systemChance.ulid(1), systemChance.ulid(2)];
    expect(first < second).toBe(true);
    const drawn = Array.from({ length: 1_000 }, () => [systemChance.ulid(1), systemChance.nonce()]).flat();
    expect(new Set(drawn).size).toBe(2_000);
    expect(systemChance.nonce()).toMatch(/^[\w-]{22}$/);
  });
});
