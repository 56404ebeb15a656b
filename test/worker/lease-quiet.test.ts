import { expect, it } from 'vitest';
import type { Delivery } from '../../lib/worker/delivery.ts';
import type { WorkerDeps } from '../../lib/worker/deps.ts';
import { Lease } from '../../lib/worker/lease.ts';
import { ManualClock } from '../clock/manual-clock.ts';

it('an invocation that is over does not wait for a queue that never answers', async () => {
  const clock = new ManualClock(1_000_000);
  const asked: number[] = [];
  const deps = {
    clock,
    table: { update: async () => ({ ok: true }) },
    visibility: {
      leave: (_: unknown, until: number) => {
        asked.push(until);
        return new Promise(() => undefined);
      },
    },
    settings: { leaseMargin: 15_000 },
  } as unknown as WorkerDeps;
  const message = { id: 'job-1', gen: 'gen-1', dispatch: 0, nonce: 'n-1' };
  const delivery = { envelope: message, token: 't-1', source: {} } as unknown as Delivery;
  const lease = new Lease(deps, { delivery, timeout: 60_000, until: clock.now() + 75_000 });
  await lease.quiet(clock.now());
  expect(await lease.extend()).toBe('held');
  expect(asked).toEqual([clock.now() + 60_000 + 15_000 + 15_000]);
  let over = false;
  const quiet = lease.quiet(clock.now() + 9_000).then(() => {
    over = true;
  });
  clock.advance(8_999);
  await Promise.resolve();
  expect(over).toBe(false);
  clock.advance(1);
  await quiet;
  expect(over).toBe(true);
});
