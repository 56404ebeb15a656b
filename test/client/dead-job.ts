import { systemChance } from '../../lib/contract/index.ts';
import { deadShard, type JobRecord, stateItem } from '../../lib/state/index.ts';
import type { Deployment } from './fixture.ts';

/** Writes the record of a dead job as a worker leaves it; `changes` say what matters to the test. */
export async function putDeadJob(at: Deployment, changes: Partial<JobRecord> = {}): Promise<JobRecord> {
  const now = Date.now();
  const id = systemChance.ulid(now);
  const record: JobRecord = {
    id,
    type: 'receipt.send',
    version: 1,
    pool: 'default',
    priority: 'normal',
    status: 'dead',
    gen: systemChance.ulid(now),
    dispatch: 4,
    runAt: now - 60_000,
    attempts: 5,
    unsettled: 1,
    hops: 2,
    token: 'token',
    holder: 'nonce',
    leaseUntil: now,
    enqueuedAt: now - 120_000,
    startedAt: now - 30_000,
    endedAt: now,
    expiresAt: Math.ceil(now / 1000) + 86_400,
    payload: '{"orderId":"42"}',
    parts: 1,
    error: { name: 'TypeError', message: 'no such order', fingerprint: 'abc' },
    deadShard: deadShard('dead', id),
    deadAt: now,
    ...changes,
  };
  await at.put(stateItem(record));
  return record;
}
