import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EnqueueOptions, JobView } from '../../../lib/client/index.ts';
import { PRIORITIES, type Priority } from '../../../lib/contract/index.ts';
import type { Operator } from '../../../lib/operate/index.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';

/** Invocations at a time of each priority, and messages of each: so many jobs of a priority run at once. */
const AT_ONCE = 2 * 10;
/** What a quiet tenant's p95 may rise by when another one floods its queue; in line behind the flood it would be over 5. */
const FACTOR = 3;

describe('who waits for whom', () => {
  let fixture: FixtureCloud;
  let operator: Operator;
  const cleanup = new AsyncDisposableStack();

  beforeAll(async () => {
    fixture = cleanup.use(await startFixture());
    ({ operator } = fixture);
  }, 120_000);
  afterAll(() => cleanup.disposeAsync());

  /** Enqueues jobs that take a while each, and returns their ids. */
  async function enqueue(count: number, options: (n: number) => EnqueueOptions): Promise<string[]> {
    const payload = { steps: ['work briefly' as const] };
    const results = await fixture.client.enqueueMany(
      Array.from({ length: count }, (_, n) => ({ job: 'calm.run' as const, payload, options: options(n) })),
    );
    return results.map((result) => {
      if (!result.ok) throw result.error;
      return result.job.id;
    });
  }

  async function views(ids: readonly string[]): Promise<JobView[]> {
    const all = await Promise.all(ids.map((id) => fixture.client.get(id)));
    return all.filter((view) => view !== undefined);
  }

  /** The jobs once all of them have begun. */
  const begun = (ids: readonly string[]) =>
    vi.waitUntil(
      async () => {
        const all = await views(ids);
        return all.every(({ startedAt }) => startedAt) ? all : undefined;
      },
      { timeout: 60_000, interval: 300 },
    );

  it('under saturation of all four priorities each has its share: none takes another’s', async () => {
    await operator.drain({ pool: 'default' });
    const perPriority = 4 * AT_ONCE;
    const ids = new Map<Priority, string[]>();
    for (const priority of PRIORITIES) ids.set(priority, await enqueue(perPriority, () => ({ priority })));
    await operator.resume({ pool: 'default' });
    const all = await begun([...ids.values()].flat());
    const inOrder = all.sort((a, b) => Number(a.startedAt) - Number(b.startedAt));
    // While every priority still has a backlog: the first half of all starts.
    const half = inOrder.slice(0, inOrder.length / 2);
    const shares = PRIORITIES.map((p) => half.filter(({ priority }) => priority === p).length / half.length);
    // Equal concurrency, equal shares: a quarter each. A priority that starved would have none.
    for (const share of shares) expect(share).toBeGreaterThan(0.25 / 2);
    expect(Math.max(...shares)).toBeLessThan(0.25 * 2);
  }, 120_000);

  it(`a tenant that floods a queue moves the others’ p95 by less than a factor of ${FACTOR}`, async () => {
    const quietOnes = () => enqueue(3 * AT_ONCE, (n) => ({ tenant: `quiet-${n % 12}` }));
    const alone = p95(await begun(await quietOnes()));
    await enqueue(20 * AT_ONCE, () => ({ tenant: 'flood' }));
    const beside = p95(await begun(await quietOnes()));
    expect(beside / alone).toBeLessThan(FACTOR);
  }, 120_000);
});

/** Of the times from enqueue to start, in milliseconds. */
function p95(jobs: readonly JobView[]): number {
  const waits = jobs.map(({ enqueuedAt, startedAt }) => Number(startedAt) - Number(enqueuedAt));
  return waits.sort((a, b) => a - b)[Math.floor(0.95 * waits.length)] ?? Number.NaN;
}
