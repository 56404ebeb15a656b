import { type Clock, type Envelope, type JobType, type Outcome, outcomeOfThrown } from '../contract/index.ts';
import type { JobLogger } from '../observe/index.ts';
import { Attempt } from './attempt.ts';
import type { JobContext } from './handler.ts';
import type { Lease } from './lease.ts';

/** A handler as the worker calls it: the types were checked where it was bound. */
export type AnyHandler = (payload: unknown, context: JobContext) => unknown;

export interface Execution {
  readonly type: JobType;
  readonly handler: AnyHandler;
  readonly envelope: Envelope;
  /** As the message's version of the type has it. */
  readonly payload: unknown;
  /** From 1. */
  readonly attempt: number;
  readonly logger: JobLogger;
  readonly clock: Clock;
  readonly lease: Pick<Lease, 'beat' | 'look' | 'extend'>;
  /** The latest that an attempt may end, in milliseconds since the epoch: there must be time to settle it. */
  readonly latest: number;
}

export interface Executed {
  readonly outcome: Outcome;
  /** The handler ignored its signal and may still be running: this process must not serve another invocation. */
  readonly stuck: boolean;
}

/** Runs one attempt and says what it ended in. Never throws: whatever goes wrong is an outcome. */
export async function execute(execution: Execution): Promise<Executed> {
  const { clock } = execution;
  const { raced, stuck } = await new Attempt(execution).run();
  if ('refused' in raced) return { outcome: { kind: 'fail', error: raced.refused }, stuck };
  if ('thrown' in raced) return { outcome: readThrown(raced.thrown, clock.now()), stuck };
  return { outcome: { kind: 'succeed', result: raced.json }, stuck };
}

/** A snooze into a time that is out of range is a mistake of the handler's, and an outcome like any other error. */
function readThrown(thrown: unknown, now: number): Outcome {
  try {
    return outcomeOfThrown(thrown, now);
  } catch (error) {
    return { kind: 'retry', error };
  }
}
