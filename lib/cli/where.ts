import type { Command } from 'commander';
import pc from 'picocolors';
import type { Whereabouts } from '../operate/index.ts';
import { EXIT } from './exit-code.ts';
import { type Cli, onStack, operate, type StackFlags } from './operating.ts';
import type { Output } from './output.ts';
import { printQueues } from './queues.ts';

export function addWhere(program: Command, cli: Cli): void {
  onStack(
    program.command('where <id>').description('say where a job is, and what happens to it next'),
  ).action((id: string, flags: StackFlags) =>
    operate(cli, flags, async (operator, output) => {
      const found = await operator.where(id);
      output.result(found, () => printWhereabouts(output, found));
      return found.job === undefined ? EXIT.error : EXIT.ok;
    }),
  );
}

function printWhereabouts(output: Output, { id, job, here, next, queue }: Whereabouts): void {
  if (job) output.print(`${pc.bold(job.type)} ${id} is ${job.status}.`);
  output.print(here);
  output.print(`Next: ${next}`);
  if (!queue || !job || job.endedAt) return;
  output.print('');
  printQueues(output, [queue]);
}
