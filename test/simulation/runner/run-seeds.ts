import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hasTicks } from '../has-ticks.ts';
import { WITHOUT } from '../rules/switch-off.ts';
import type { FaultKind } from '../world/fault-kinds.ts';
import type { Order, Report } from './messages.ts';

export interface SeedsOptions {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** Processes at a time. */
  readonly workers: number;
  /** Shrink this many failing runs and tell their stories. */
  readonly explain: number;
  /** The rule to run without. @default none */
  readonly without?: string;
  /** Failing runs after which no further seed is begun. @default no limit */
  readonly stopAfter?: number;
  /** Kinds of faults that the runs have much of. @default none */
  readonly focus?: readonly FaultKind[];
  /** Whether recurring schedules make jobs too. @default as the rule that is out has it, or else the seed */
  readonly ticks?: boolean;
  readonly onReport: (report: Report) => void;
}

const PROCESS = fileURLToPath(new URL('./seed-process.ts', import.meta.url));

/** Runs the seeds in processes of their own, each with an engine of its own. Resolves when all have ended. */
export async function runSeeds(options: SeedsOptions): Promise<void> {
  const { from, seeds, jobs, workers, without, stopAfter = Number.POSITIVE_INFINITY, onReport } = options;
  let next = from;
  let failed = 0;
  const env = { ...process.env, ...(without !== undefined && { [WITHOUT]: without }) };
  const work = async (): Promise<void> => {
    let child = fork(PROCESS, { env });
    try {
      await message(child);
      while (next < from + seeds && failed < stopAfter) {
        const order: Order = {
          seed: next,
          jobs,
          explain: failed < options.explain,
          focus: options.focus ?? [],
          ticks: options.ticks,
        };
        next += 1;
        child.send(order);
        const report = (await message(child, order.explain ? SHRINK_LIMIT : SEED_LIMIT)) as
          | Report
          | undefined;
        if (!report) {
          // It spins, and hears of nothing any more.
          child.kill('SIGKILL');
          child = fork(PROCESS, { env });
          await message(child);
        }
        if (!report || report.violation) failed += 1;
        onReport(report ?? endless(order));
      }
    } finally {
      if (child.connected) child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, seeds) }, work));
}

/** Milliseconds that a seed may take, where most take one second; and that one may with all tries to make it smaller. */
const SEED_LIMIT = 120_000;
const SHRINK_LIMIT = 1_200_000;

/** What is said of a run that never gave the event loop back. */
function endless({ seed }: Order): Report {
  const what = `no end in ${SEED_LIMIT / 1_000} s: some code loops without waiting for anything`;
  const violation = { invariant: 'runs end', job: undefined, what } as const;
  return {
    seed,
    ticks: hasTicks(seed),
    violation,
    calls: 0,
    happened: 0,
    lasted: 0,
    faults: {},
    effects: {},
    trace: '',
  };
}

/** The next message, or undefined after the limit; a child that ends instead is a defect of the simulator, and its own output says which. */
async function message(child: ChildProcess, limit = SEED_LIMIT): Promise<unknown> {
  const ended = new AbortController();
  const gone = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a process of the simulator ended with ${code}`);
  });
  try {
    const late = delay(limit, [undefined], { signal: ended.signal });
    late.catch(() => undefined);
    const [received] = await Promise.race([once(child, 'message', { signal: ended.signal }), gone, late]);
    return received;
  } finally {
    gone.catch(() => undefined);
    ended.abort();
  }
}
