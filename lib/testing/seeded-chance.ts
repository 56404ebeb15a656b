import { ulid } from 'ulid';
import { type Chance, digest } from '../contract/index.ts';

/** Ids and numbers that are the same in every run: drawn from a seed, for one role by itself. */
export function seededChance(seed: number, role: string): Chance {
  const random = mulberry32(
    Number.parseInt(Buffer.from(digest(`${seed} ${role}`)).toString('hex', 0, 4), 16),
  );
  const word = () => Math.floor(random() * 2 ** 32).toString(36);
  return { random, ulid: (now) => ulid(now, random), nonce: () => `${word()}${word()}${word()}` };
}

/** Uniform in [0, 1): 32 bits of state, quick and even enough for tests (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
