import type { Command } from 'commander';
import type { DrainOptions, Operator, QueueSelection, QueueStatus } from '../operate/index.ts';
import { duration, queueSelection } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type Cli, onStack, operate, type StackFlags } from './operating.ts';
import type { Output } from './output.ts';
import { printQueues } from './queues.ts';
import { stopSignal } from './stop-signal.ts';

interface Flags extends StackFlags {
  readonly timeout?: number;
}

export function addDrain(program: Command, cli: Cli): void {
  const description = 'take no more jobs from a pool or a priority, and wait until nothing is in flight';
  onStack(program.command('drain').description(description))
    .argument('<pool[/priority]>', 'such as default, or default/low', queueSelection)
    .option('--timeout <duration>', 'how long to wait; the queues stay paused (default: 20m)', duration)
    .action((selection: QueueSelection, flags: Flags) =>
      operate(cli, flags, (operator, output) => switchFeed('drain', { operator, output, selection, flags })),
    );
}

/** Drains or resumes, and tells each change on the way. */
export async function switchFeed(
  verb: 'drain' | 'resume',
  given: {
    readonly operator: Operator;
    readonly output: Output;
    readonly selection: QueueSelection;
    readonly flags: { readonly timeout?: number };
  },
): Promise<ExitCode> {
  const { operator, output, selection, flags } = given;
  let said = '';
  const options: DrainOptions = {
    ...selection,
    timeout: flags.timeout,
    signal: stopSignal(),
    onProgress: (queues) => {
      const line = queues.map(inShort).join(', ');
      if (line !== said) output.note(line);
      said = line;
    },
  };
  const queues = await operator[verb](options);
  output.result({ queues }, () => printQueues(output, queues));
  return EXIT.ok;
}

function inShort({ pool, priority, feed, inFlight }: QueueStatus): string {
  return `${pool}/${priority} ${feed}, ${inFlight} in flight`;
}
