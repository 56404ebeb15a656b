import type { Command } from 'commander';
import type { QueueSelection } from '../operate/index.ts';
import { duration, queueSelection } from './arguments.ts';
import { switchFeed } from './drain.ts';
import { type Cli, onStack, operate, type StackFlags } from './operating.ts';

interface Flags extends StackFlags {
  readonly timeout?: number;
}

export function addResume(program: Command, cli: Cli): void {
  onStack(program.command('resume').description('take jobs from a drained pool or priority again'))
    .argument('<pool[/priority]>', 'such as default, or default/low', queueSelection)
    .option('--timeout <duration>', 'how long to wait for it (default: 20m)', duration)
    .action((selection: QueueSelection, flags: Flags) =>
      operate(cli, flags, (operator, output) => switchFeed('resume', { operator, output, selection, flags })),
    );
}
