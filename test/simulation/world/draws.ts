/**
 * Chance by name: what a key draws depends on the seed and the key alone, never on what was drawn before. So a run with
 * one fault or one job fewer draws the same for all the others, and a failing run can be shrunk.
 */
export class Draws {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = Math.imul(seed + 1, 0x9e3779b1);
  }

  /** Uniform in [0, 1). */
  unit(key: string): number {
    return this.#hash(key) / 2 ** 32;
  }

  happens(key: string, probability: number): boolean {
    return probability > 0 && this.unit(key) < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  between(key: string, least: number, most: number): number {
    return least + Math.floor(this.unit(key) * (most - least + 1));
  }

  /** As `between`, but small numbers as likely as large ones: for waits from milliseconds to hours. */
  spread(key: string, least: number, most: number): number {
    return Math.floor(least * (most / least) ** this.unit(key));
  }

  pick<T>(key: string, from: readonly T[]): T {
    return from[Math.floor(this.unit(key) * from.length)] as T;
  }

  /** One of the names, as often as its weight says. */
  weighted<K extends string>(key: string, weights: Readonly<Record<K, number>>): K {
    const names = Object.keys(weights) as K[];
    let left = this.unit(key) * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    return names[names.length - 1] as K;
  }

  /** A sequence of its own, for code that draws without a key. Mulberry32. */
  sequence(key: string): () => number {
    let state = this.#hash(key);
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** FNV-1a over the key, finished by Murmur3's mixer: 32 bits. */
  #hash(key: string): number {
    let hash = this.#seed ^ 0x811c9dc5;
    for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}
