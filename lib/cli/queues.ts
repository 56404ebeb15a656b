import type { Command } from 'commander';
import type { QueueStatus } from '../operate/index.ts';
import { EXIT } from './exit-code.ts';
import { type Cli, onStack, operate, type StackFlags } from './operating.ts';
import type { Output } from './output.ts';

export function addQueues(program: Command, cli: Cli): void {
  onStack(
    program.command('queues').description('show what lies in each queue, and whether it feeds its worker'),
  ).action((flags: StackFlags) =>
    operate(cli, flags, async (operator, output) => {
      const queues = await operator.queues();
      output.result({ queues }, () => printQueues(output, queues));
      return EXIT.ok;
    }),
  );
}

export function printQueues(output: Output, queues: readonly QueueStatus[]): void {
  output.table(queues, [
    { head: 'QUEUE', cell: ({ pool, priority }) => `${pool}/${priority}` },
    { head: 'WAITING', cell: ({ waiting }) => waiting, right: true },
    { head: 'IN FLIGHT', cell: ({ inFlight }) => inFlight, right: true },
    { head: 'DELAYED', cell: ({ delayed }) => delayed, right: true },
    { head: 'DEAD LETTERS', cell: ({ deadLetters }) => deadLetters, right: true },
    { head: 'FEED', cell: ({ feed }) => feed },
  ]);
}
