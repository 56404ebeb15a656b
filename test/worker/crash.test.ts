import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fail, isEnded, Retry, Snooze } from '../../lib/contract/index.ts';
import { allows, type Event, type JobRecord, TRANSITIONS } from '../../lib/state/index.ts';
import { CrashPlan, type CrashPoint } from './crash-plan.ts';
import { history } from './history.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

type Kind = 'succeed' | 'retry' | 'snooze' | 'fail';

/** How a job of each kind ends, however often its processes die. */
const ENDS = {
  succeed: { status: 'succeeded', attempts: 1, dispatch: 0, executions: 1 },
  retry: { status: 'succeeded', attempts: 2, dispatch: 1, executions: 2 },
  snooze: { status: 'succeeded', attempts: 1, dispatch: 1, executions: 2 },
  fail: { status: 'dead', attempts: 1, dispatch: 0, executions: 1 },
} as const satisfies Record<Kind, object>;

/**
 * Runs jobs of these kinds until their queue is empty, killing the process at each of the points, and holds the promises
 * of the design against what is left. Resolves with the number of AWS calls that the run made.
 */
async function run(kinds: readonly Kind[], points: readonly CrashPoint[]): Promise<number> {
  const crash = new CrashPlan(points);
  const executions = kinds.map(() => 0);
  /** Outcomes are the record's: a handler that ran before a crash does not remember it. */
  const work: WorkHandler = async ({ n }, { id, attempt }) => {
    executions[n] = (executions[n] ?? 0) + 1;
    const { dispatch } = await stand.record(id);
    const kind = kinds[n];
    if (kind === 'fail') throw new Fail('no');
    if (kind === 'retry' && attempt === 1) throw new Retry({ after: '5s' });
    if (kind === 'snooze' && dispatch === 0) throw new Snooze({ for: '20s' });
    return { n };
  };
  const stand = await lab.stand({ catalog, handlers: { work }, crash });
  const entries = kinds.map((_, n) => ({ job: 'work' as const, payload: { n } }));
  const enqueued = await stand.client.enqueueMany(entries);
  await stand.drain();

  const past = await history(lab, stand.tableName);
  const died = points.filter(({ call }) => call <= crash.calls).length;
  for (const [n, result] of enqueued.entries()) {
    if (!result.ok) throw result.error;
    const { executions: least, ...ends } = ENDS[kinds[n] as Kind];
    const record = await stand.record(result.job.id);
    expect(record, 'the outcome, attempts and dispatches').toMatchObject(ends);
    expect(record.result).toBe(ends.status === 'succeeded' ? JSON.stringify({ n }) : undefined);
    expect(executions[n]).toBeGreaterThanOrEqual(least);
    expect(executions[n]).toBeLessThanOrEqual(least + died);
    checkHistory(past.get(record.id) ?? []);
  }
  return crash.calls;
}

/** Each step is a row of the transition table, dispatches only rise, and the job ended once. */
function checkHistory(steps: readonly JobRecord[]): void {
  for (const [i, { status, dispatch }] of steps.entries()) {
    const before = steps[i - 1];
    const from = before?.status ?? 'none';
    const rows = (Object.keys(TRANSITIONS) as Event[]).filter((event) => allows(event, from, status));
    expect(rows, `${from} → ${status}`).not.toEqual([]);
    expect(dispatch).toBeGreaterThanOrEqual(before?.dispatch ?? 0);
  }
  expect(steps.filter(({ status }) => isEnded(status))).toHaveLength(1);
}

/** Every moment of a run of so many calls. */
function everyPoint(calls: number): CrashPoint[] {
  const each = Array.from({ length: calls }, (_, i) => i + 1);
  return each.flatMap((call): CrashPoint[] => [
    { call, when: 'before' },
    { call, when: 'after' },
  ]);
}

describe('a process that dies between two steps of claim, execute, settle, dispatch and acknowledge', () => {
  it.each<[Kind, number]>([
    ['succeed', 2],
    ['retry', 5],
    ['snooze', 5],
    ['fail', 2],
  ])('loses nothing of a job that is to %s', async (kind, expected) => {
    const calls = await run([kind], []);
    expect(calls).toBe(expected);
    for (const point of everyPoint(calls)) await run([kind], [point]);
  });

  it('loses nothing of a batch of all kinds', async () => {
    const kinds: Kind[] = ['succeed', 'retry', 'snooze', 'fail'];
    const calls = await run(kinds, []);
    for (const point of everyPoint(calls)) await run(kinds, [point]);
  });

  it('loses nothing when the next process dies too', async () => {
    const calls = await run(['retry'], []);
    for (let first = 1; first <= calls; first += 1) {
      for (let later = 1; later <= 2; later += 1) {
        await run(
          ['retry'],
          [
            { call: first, when: 'after' },
            { call: first + later, when: 'after' },
          ],
        );
      }
    }
  });
});
