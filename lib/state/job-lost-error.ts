import { MillraceError } from '../contract/index.ts';

/** Whoever was at work on it is gone each time: the process is where to look. */
const PROCESS_FIX =
  'look at what the handler does to its process (memory, exit, endless loops), then redrive the job';

/** Why a job is dead that no handler failed. The same, whoever of worker, recorder and sweeper finds out. */
export class JobLostError extends MillraceError {
  static override readonly errorName: string = 'JobLostError';
  override readonly code: string = 'JOB_LOST';

  /** `fix` defaults to a look at what ends the handler's process. */
  constructor({ why, fix = PROCESS_FIX }: { why: string; fix?: string }) {
    super({ what: why, fix });
  }
}
