import { type Envelope, systemChance } from '../../lib/contract/index.ts';

/** An envelope due since a minute ago, of a job of its own; `changes` say what matters to the test. */
export function testEnvelope(changes: Partial<Envelope> = {}): Envelope {
  const now = Date.now() - 60_000;
  return {
    v: 1,
    id: systemChance.ulid(now),
    gen: systemChance.ulid(now),
    dispatch: 0,
    nonce: systemChance.nonce(),
    type: 'receipt.send',
    version: 1,
    pool: 'default',
    priority: 'normal',
    attempts: 0,
    runAt: now,
    enqueuedAt: now,
    payload: { orderId: '42' },
    ...changes,
  };
}
