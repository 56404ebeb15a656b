import { describe, expect, it } from 'vitest';
import { FairShare, inFairOrder } from '../../../../lib/local/engines/fair-share.ts';

const of = (tenant: string | undefined, count: number, share: FairShare, at = 0) => {
  for (let n = 0; n < count; n += 1) share.began(`${tenant} ${n} ${at}`, { tenant, at });
};
const noisy = (share: FairShare, now: number) => [...share.noisy(now).keys()];

describe('a tenant is noisy', () => {
  it('by its messages in flight: over a tenth of all, and at least 30 of its own', () => {
    const share = new FairShare();
    of('flood', 30, share);
    of('quiet', 3, share);
    expect(noisy(share, 0)).toEqual(['flood']);
  });

  it('not with 29 in flight, while nobody has spent any time', () => {
    const share = new FairShare();
    of('flood', 29, share);
    expect(noisy(share, 0)).toEqual([]);
  });

  it('not with 30 in flight that are a tenth of all', () => {
    const share = new FairShare();
    of('busy', 30, share);
    for (let n = 0; n < 270; n += 1) of(`tenant-${n}`, 1, share);
    expect(noisy(share, 0)).toEqual([]);
  });

  it('by its part of the recent processing time, with few messages', () => {
    const share = new FairShare();
    share.began('slow', { tenant: 'slow', at: 0 });
    share.ended('slow', 10_000);
    for (let n = 0; n < 100; n += 1) {
      share.began(`q${n}`, { tenant: `quiet-${n % 20}`, at: 9_000 });
      share.ended(`q${n}`, 9_500);
    }
    expect(noisy(share, 10_000)).toEqual(['slow']);
  });

  it('no longer, a minute after', () => {
    const share = new FairShare();
    share.began('slow', { tenant: 'slow', at: 0 });
    share.ended('slow', 10_000);
    expect(noisy(share, 70_000)).toEqual(['slow']);
    expect(noisy(share, 72_000)).toEqual([]);
  });

  it('never as nobody: messages without a group are tenants of their own', () => {
    const share = new FairShare();
    of(undefined, 100, share);
    expect(noisy(share, 60_000)).toEqual([]);
  });
});

describe('a fair order', () => {
  const messages = (text: string) =>
    [...text].map((g, n) => ({ n, messageGroupId: g === '-' ? undefined : g }));
  const order = (text: string, noisyOnes: Record<string, number>, count = 10) =>
    inFairOrder(messages(text), { noisy: new Map(Object.entries(noisyOnes)), count })
      .map(({ messageGroupId }) => messageGroupId ?? '-')
      .join('');

  it('puts quiet tenants first, and messages without a tenant', () => {
    expect(order('aaabab-a', { a: 40 })).toBe('bb-aaaaa');
  });

  it('takes from the noisy tenant with the fewest messages in flight', () => {
    expect(order('aaaabb', { a: 3, b: 1 })).toBe('bbaaaa');
    expect(order('aaaabbb', { a: 1, b: 1 })).toBe('abababa');
  });

  it('keeps every message, and the order of each tenant', () => {
    const all = inFairOrder(messages('abcabcabc-'), { noisy: new Map([['a', 30]]), count: 4 });
    expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(all.filter(({ messageGroupId }) => messageGroupId === 'a').map(({ n }) => n)).toEqual([0, 3, 6]);
    expect(all.slice(0, 4).map(({ messageGroupId }) => messageGroupId)).toEqual(['b', 'c', 'b', 'c']);
  });
});
