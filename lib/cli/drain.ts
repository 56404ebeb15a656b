import type { Command } from 'commander';
import type { DrainOptions, Operator, QueueSelection, QueueStatus } from '../operate/index.ts';
import { duration, queueSelection } from './arguments.ts';
import { StoppedWaitingError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type Cli, onStack, operate, type StackFlags } from './operating.ts';
import type { Output } from './output.ts';
import { printQueues } from './queues.ts';
import { stopSignal } from './stop-signal.ts';

interface Flags extends StackFlags {
  readonly timeout?: number;
  readonly settle?: number;
}

export function addDrain(program: Command, cli: Cli): void {
  const description = 'take no more jobs from a pool or a priority, and wait until nothing is in flight';
  onStack(program.command('drain').description(description))
    .argument('<pool[/priority]>', 'such as default, or default/low', queueSelection)
    .option('--timeout <duration>', 'how long to wait; the queues stay paused (default: 20m)', duration)
    .option(
      '--settle <duration>',
      'for how long nothing may be in flight, as SQS counts with a lag (default: 60s; 0s on this machine)',
      duration,
    )
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
    readonly flags: { readonly timeout?: number; readonly settle?: number };
  },
): Promise<ExitCode> {
  const { operator, output, selection, flags } = given;
  const signal = stopSignal();
  let said = '';
  let last: readonly QueueStatus[] = [];
  const options: DrainOptions = {
    ...selection,
    timeout: flags.timeout,
    settle: flags.settle,
    signal,
    onProgress: (queues, { settling }) => {
      last = queues;
      const line = `${queues.map(inShort).join(', ')}${settling ? untilSettled(settling) : ''}`;
      if (line !== said) output.note(line);
      said = line;
    },
  };
  try {
    const queues = await operator[verb](options);
    output.result({ queues }, () => printQueues(output, queues));
    return EXIT.ok;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new StoppedWaitingError({ goesOn: whatGoesOn(verb, selection, last), context: { queues: last } });
  }
}

function whatGoesOn(
  verb: 'drain' | 'resume',
  { pool, priority }: QueueSelection,
  queues: readonly QueueStatus[],
): string {
  const name = priority === undefined ? pool : `${pool}/${priority}`;
  if (queues.length === 0) return `Nothing was asked of ${name}.`;
  if (verb === 'resume')
    return `${name} goes on being resumed, and \`millrace queues\` shows whether it feeds its worker.`;
  const inFlight = queues.reduce((sum, queue) => sum + queue.inFlight, 0);
  return `${name} stays paused; it had ${inFlight} in flight. \`millrace resume ${name}\` undoes it.`;
}

function untilSettled(ms: number): string {
  return `; done when that has held for ${ms / 1_000} s, since SQS's counts lag`;
}

function inShort({ pool, priority, feed, inFlight }: QueueStatus): string {
  return `${pool}/${priority} ${feed}, ${inFlight} in flight`;
}
