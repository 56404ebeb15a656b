import { MillraceError } from '../contract/index.ts';
import type { QueueStatus } from './queue-status.ts';

interface Lack {
  readonly verb: string;
  readonly lacks: string;
  /** The stack output that would tell. */
  readonly output: string;
  /** The variable that stands for it. */
  readonly variable: string;
  /**
   * Whether the outputs of a stack were asked for: then the variable counts for nothing.
   * @default false
   */
  readonly ofStack?: boolean;
}

/** What a verb needs was not configured. Nothing was done. */
export class NotConfiguredError extends MillraceError {
  static override readonly errorName: string = 'NotConfiguredError';
  override readonly code: string = 'NOT_CONFIGURED';
  readonly lack: Lack;

  constructor(lack: Lack) {
    const { verb, lacks, output, variable, ofStack = false } = lack;
    super({
      what: `There is not enough known to ${verb}`,
      got: `no ${lacks}`,
      expected: `the stack output ${output}`,
      fix: ofStack
        ? 'deploy the stack again with a version of Millrace that has this output (and write the file of --outputs-file anew), or name a stack that has it'
        : `set ${variable} to the output's value, or give it to the Operator; deploy first where the stack has no such output`,
      context: { verb, lacks },
    });
    this.lack = lack;
  }
}

/** Messages were still in flight when the time was over, or had been too lately. The queues stay paused, and go on getting empty. */
export class DrainTimeoutError extends MillraceError {
  static override readonly errorName: string = 'DrainTimeoutError';
  override readonly code: string = 'DRAIN_TIMEOUT';
  override readonly retryable: boolean = true;
  readonly queues: readonly QueueStatus[];

  constructor({
    queues,
    timeout,
    settle,
  }: { queues: readonly QueueStatus[]; timeout: number; settle: number }) {
    const busy = queues.filter(({ inFlight, feed }) => inFlight > 0 || feed !== 'disabled');
    // SQS's counts lag: all may be quiet at the last look, and not have been for long enough.
    const left = (busy.length > 0 ? busy : queues).map(
      ({ pool, priority, inFlight, feed }) => `${pool}/${priority}: ${inFlight} in flight, ${feed}`,
    );
    const [lasted, lasts] =
      settle > 0
        ? [`for less than ${settle} ms`, `at any look for ${settle} ms`]
        : ['at one look only', 'at two looks in a row'];
    const longer = settle > 0 && timeout <= settle ? `give it more time than those ${settle} ms; ` : '';
    super({
      what: `The queues have not become quiet within ${timeout} ms`,
      got: `${left.join('; ')}${busy.length > 0 ? '' : `, ${lasted}`}`,
      expected: `event sources that are disabled, and nothing in flight, ${lasts}`,
      fix: `${longer}drain again, and it goes on where it is; the queues stay paused until \`millrace resume ${drained(queues)}\` or operator.resume undoes it; jobs that run, and messages that a worker put back for later, count as in flight`,
      context: { queues },
    });
    this.queues = queues;
  }
}

/** What a drain was asked for, as `millrace resume` takes it: one queue, or the pool that they are all of. */
function drained([first, ...others]: readonly QueueStatus[]): string {
  if (first === undefined) return '<pool>';
  return others.length === 0 ? `${first.pool}/${first.priority}` : first.pool;
}

/** The event sources had not been enabled when the time was over. */
export class ResumeTimeoutError extends MillraceError {
  static override readonly errorName: string = 'ResumeTimeoutError';
  override readonly code: string = 'RESUME_TIMEOUT';
  override readonly retryable: boolean = true;

  constructor({ queues, timeout }: { queues: readonly QueueStatus[]; timeout: number }) {
    super({
      what: `The queues do not feed their workers again after ${timeout} ms`,
      got: queues.map(({ pool, priority, feed }) => `${pool}/${priority}: ${feed}`).join('; '),
      expected: 'event sources that are enabled',
      fix: 'resume again; see the mapping in the Lambda console when it stays so',
      context: { queues },
    });
  }
}
