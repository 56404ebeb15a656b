import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Clock, type DurationInput, ENV, milliseconds, sleep } from '../contract/index.ts';
import { DrainTimeoutError, NotConfiguredError, ResumeTimeoutError } from './errors.ts';
import type { Feeds } from './feeds.ts';
import { countQueue, type QueueStatus } from './queue-status.ts';
import { type KnownQueues, type OperatedQueue, type QueueSelection, selectQueues } from './select-queues.ts';

export interface DrainOptions extends QueueSelection {
  /**
   * How long to wait for what is in flight. The queues stay paused when it is over.
   * @default 20m: a Lambda function runs for 15 minutes at most
   */
  readonly timeout?: DurationInput;
  /** Ends the waiting. What was asked for goes on: the queues stay paused, or are resumed. */
  readonly signal?: AbortSignal;
  /** Told how the queues stand, at each look. */
  readonly onProgress?: (queues: readonly QueueStatus[]) => void;
}

export interface QueueDeps {
  readonly sqs: SQSClient;
  readonly feeds: Feeds;
  readonly clock: Clock;
  readonly known: KnownQueues;
}

const FIRST_LOOK = 100;
const LAST_LOOK = 2_000;
/** SQS's counts are approximate: what was zero twice is taken for it. */
const QUIET_LOOKS = 2;

/** A queue and its feed as they stand now. */
export async function statusOf({ sqs, feeds }: QueueDeps, queue: OperatedQueue): Promise<QueueStatus> {
  const { eventSource } = queue;
  const [counts, feed] = await Promise.all([countQueue(sqs, queue), eventSource && feeds.state(eventSource)]);
  return { ...counts, feed: feed || undefined };
}

/** Stops taking jobs from the queues and waits until nothing of theirs is in flight. */
export async function drain(deps: QueueDeps, options: DrainOptions): Promise<QueueStatus[]> {
  let quiet = 0;
  return until(deps, options, {
    verb: 'drain',
    wanted: 'disabled',
    done: (queues) => {
      const still = queues.every(({ feed, inFlight }) => feed === 'disabled' && inFlight === 0);
      quiet = still ? quiet + 1 : 0;
      return quiet >= QUIET_LOOKS;
    },
    late: (queues, timeout) => new DrainTimeoutError({ queues, timeout }),
  });
}

/** Takes jobs from the queues again. */
export function resume(deps: QueueDeps, options: DrainOptions): Promise<QueueStatus[]> {
  return until(deps, options, {
    verb: 'resume',
    wanted: 'enabled',
    done: (queues) => queues.every(({ feed }) => feed === 'enabled'),
    late: (queues, timeout) => new ResumeTimeoutError({ queues, timeout }),
  });
}

interface Goal {
  readonly verb: string;
  readonly wanted: 'enabled' | 'disabled';
  readonly done: (queues: readonly QueueStatus[]) => boolean;
  readonly late: (queues: readonly QueueStatus[], timeout: number) => Error;
}

async function until(deps: QueueDeps, options: DrainOptions, goal: Goal): Promise<QueueStatus[]> {
  const { feeds, clock, known, sqs } = deps;
  const queues = selectQueues(known, options).map((queue) => fed(queue, goal.verb));
  const timeout = milliseconds(options.timeout ?? '20m', 'timeout');
  const end = clock.now() + timeout;
  options.signal?.throwIfAborted();
  for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 1.5, LAST_LOOK)) {
    const looked = await Promise.all(
      queues.map(async (queue): Promise<QueueStatus> => {
        // Asked at each look: a mapping that was being changed takes no other change meanwhile.
        const feed = await feeds.ask(queue.eventSource, goal.wanted);
        return { ...(await countQueue(sqs, queue)), feed };
      }),
    );
    options.onProgress?.(looked);
    if (goal.done(looked)) return looked;
    const left = end - clock.now();
    if (left <= 0) throw goal.late(looked, timeout);
    await sleep(clock, Math.min(pause, left), options.signal);
  }
}

function fed(queue: OperatedQueue, verb: string): OperatedQueue & { readonly eventSource: string } {
  const { eventSource, pool, priority } = queue;
  if (eventSource !== undefined) return { ...queue, eventSource };
  throw new NotConfiguredError({
    verb,
    lacks: `event source mapping of '${pool}/${priority}'`,
    output: 'MillraceEventSources',
    variable: ENV.eventSources,
  });
}
