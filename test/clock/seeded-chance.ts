import { ulid } from 'ulid';
import type { Chance } from '../../lib/contract/index.ts';

/** Chance that is the same in every run of a test: mulberry32. */
export function seededChance(seed: number): Chance {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    random,
    ulid: (now) => ulid(now, random),
    nonce: () =>
      `nonce-${Math.floor(random() * 2 ** 32).toString(36)}-${Math.floor(random() * 2 ** 32).toString(36)}`,
  };
}
