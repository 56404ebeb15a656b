import { createHash, randomFillSync } from 'node:crypto';
import { ulid } from 'ulid';

/** The only source of chance. Everything that draws an id or a random number takes one, so that a test can own it. */
export interface Chance {
  /** A ULID for the given time in milliseconds: 26 characters that sort by time. */
  ulid(now: number): string;
  /** 128 random bits as 22 characters: message nonces and lease tokens. */
  nonce(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Random bytes are drawn by the block: a call into the system for each id would cost more than the id. */
const BLOCK = 4096;
const block = Buffer.alloc(BLOCK);
let used = BLOCK;

function randomBytes(count: number): Buffer {
  if (used + count > BLOCK) {
    randomFillSync(block);
    used = 0;
  }
  used += count;
  return block.subarray(used - count, used);
}

export const systemChance: Chance = {
  ulid: (now) => ulid(now, () => (randomBytes(1)[0] ?? 0) / 256),
  nonce: () => randomBytes(16).toString('base64url'),
  random: () => Math.random(),
};

/** The id of a job that was enqueued with an idempotency key: the same tenant, type and key give the same id. */
export function keyedId({ tenant, type, key }: { tenant?: string; type: string; key: string }): string {
  // JSON keeps the three parts apart: no choice of names lets two different triples meet.
  return `k${digest(JSON.stringify([tenant ?? null, type, key]))}`;
}

/** The first 160 bits of SHA-256, as 27 characters: enough that two texts never meet by accident. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 27);
}
