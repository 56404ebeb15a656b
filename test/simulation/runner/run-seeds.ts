import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
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
    const child = fork(PROCESS, { env });
    try {
      await message(child);
      while (next < from + seeds && failed < stopAfter) {
        const order: Order = {
          seed: next,
          jobs,
          explain: failed < options.explain,
          focus: options.focus ?? [],
        };
        next += 1;
        child.send(order);
        const report = (await message(child)) as Report;
        if (report.violation) failed += 1;
        onReport(report);
      }
    } finally {
      if (child.connected) child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, seeds) }, work));
}

/** The next message; a child that ends instead is a defect of the simulator, and its own output says which. */
async function message(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const gone = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a process of the simulator ended with ${code}`);
  });
  try {
    const [received] = await Promise.race([once(child, 'message', { signal: ended.signal }), gone]);
    return received;
  } finally {
    gone.catch(() => undefined);
    ended.abort();
  }
}
