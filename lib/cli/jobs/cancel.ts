import type { Command } from 'commander';
import type { CancelResult } from '../../client/index.ts';
import { exitOf } from '../exit-code.ts';
import { byWhom, type Cli, onStack, operate, type StackFlags, type WhoFlags } from '../operating.ts';
import { printResults, reached } from '../results.ts';

export function addCancel(jobs: Command, cli: Cli): void {
  const command = jobs.command('cancel <id...>').description('end waiting jobs, ask running ones to end');
  byWhom(onStack(command)).action((ids: readonly string[], flags: StackFlags & WhoFlags) =>
    operate(cli, flags, async ({ client }, output) => {
      const { by, why } = flags;
      // An id that was given twice is one job.
      const results = reached(await client.cancel([...new Set(ids)], { by, why }));
      output.result({ results }, () => printResults(output, results, whatBecame));
      return exitOf(results);
    }),
  );
}

function whatBecame({ status }: Extract<CancelResult, { ok: true }>): string {
  return status === 'running' ? 'runs, and was asked to end' : 'cancelled';
}
