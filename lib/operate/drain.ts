import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Clock, type DurationInput, ENV, milliseconds, sleep } from '../contract/index.ts';
import { countsLag } from './counts-lag.ts';
import { DrainTimeoutError, NotConfiguredError, ResumeTimeoutError } from './errors.ts';
import type { Feeds } from './feeds.ts';
import { countQueue, type QueueStatus } from './queue-status.ts';
import { type KnownQueues, type OperatedQueue, type QueueSelection, selectQueues } from './select-queues.ts';

/** What a drain waits for, as far as the queues do not say it. */
export interface DrainProgress {
  /**
   * Nothing is in flight any more: for how long that has to hold, in milliseconds. Undefined before, and while a queue is
   * resumed.
   */
  readonly settling: number | undefined;
}

export interface DrainOptions extends QueueSelection {
  /**
   * How long to wait until the drain is done, `settle` included. The queues stay paused when it is over.
   * @default 20m: a Lambda function runs for 15 minutes at most
   */
  readonly timeout?: DurationInput;
  /**
   * For how long nothing may be in flight, at any look, once the event sources are disabled. SQS's counts are not
   * consistent until at least a minute after the last change (GetQueueAttributes, API reference). A resume does not wait.
   * @default 60s; 0 where the queues are at a loopback address, as a local cloud's are: it counts exactly
   */
  readonly settle?: DurationInput;
  /** Ends the waiting. What was asked for goes on: the queues stay paused, or are resumed. */
  readonly signal?: AbortSignal;
  /** Told how the queues stand, at each look. */
  readonly onProgress?: (queues: readonly QueueStatus[], progress: DrainProgress) => void;
}

export interface QueueDeps {
  readonly sqs: SQSClient;
  readonly feeds: Feeds;
  readonly clock: Clock;
  readonly known: KnownQueues;
}

const FIRST_LOOK = 100;
const LAST_LOOK = 2_000;

/** A queue and its feed as they stand now. */
export async function statusOf({ sqs, feeds }: QueueDeps, queue: OperatedQueue): Promise<QueueStatus> {
  const { eventSource } = queue;
  const [counts, feed] = await Promise.all([countQueue(sqs, queue), eventSource && feeds.state(eventSource)]);
  return { ...counts, feed: feed || undefined };
}

/**
 * Stops taking jobs from the queues and waits until nothing of theirs is in flight: at two looks at least, the last of which
 * begins when what was counted at the first can no longer be from before the event sources were disabled.
 */
export async function drain(deps: QueueDeps, options: DrainOptions): Promise<QueueStatus[]> {
  const { clock, known } = deps;
  const lag = Math.max(...selectQueues(known, options).map(countsLag));
  const settle = milliseconds(options.settle ?? lag, 'settle');
  let quietSince: number | undefined;
  return until(deps, options, {
    verb: 'drain',
    wanted: 'disabled',
    stage: (queues, begun) => {
      const quiet = queues.every(({ feed, inFlight }) => feed === 'disabled' && inFlight === 0);
      if (!quiet) {
        quietSince = undefined;
        return GOES_ON;
      }
      const done = quietSince !== undefined && begun - quietSince >= settle;
      quietSince ??= clock.now();
      return { done, settling: settle };
    },
    late: (queues, timeout) => new DrainTimeoutError({ queues, timeout, settle }),
  });
}

/** Takes jobs from the queues again. */
export function resume(deps: QueueDeps, options: DrainOptions): Promise<QueueStatus[]> {
  return until(deps, options, {
    verb: 'resume',
    wanted: 'enabled',
    stage: (queues) => ({ ...GOES_ON, done: queues.every(({ feed }) => feed === 'enabled') }),
    late: (queues, timeout) => new ResumeTimeoutError({ queues, timeout }),
  });
}

interface Stage extends DrainProgress {
  readonly done: boolean;
}

const GOES_ON: Stage = { done: false, settling: undefined };

interface Goal {
  readonly verb: string;
  readonly wanted: 'enabled' | 'disabled';
  /** How far it is, by a look that began at this time. */
  readonly stage: (queues: readonly QueueStatus[], begun: number) => Stage;
  readonly late: (queues: readonly QueueStatus[], timeout: number) => Error;
}

async function until(deps: QueueDeps, options: DrainOptions, goal: Goal): Promise<QueueStatus[]> {
  const { feeds, clock, known, sqs } = deps;
  const queues = selectQueues(known, options).map((queue) => fed(queue, goal.verb));
  const timeout = milliseconds(options.timeout ?? '20m', 'timeout');
  const end = clock.now() + timeout;
  options.signal?.throwIfAborted();
  for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 1.5, LAST_LOOK)) {
    const begun = clock.now();
    const looked = await Promise.all(
      queues.map(async (queue): Promise<QueueStatus> => {
        // Asked at each look: a mapping that was being changed takes no other change meanwhile.
        const feed = await feeds.ask(queue.eventSource, goal.wanted);
        return { ...(await countQueue(sqs, queue)), feed };
      }),
    );
    const { done, settling } = goal.stage(looked, begun);
    options.onProgress?.(looked, { settling });
    if (done) return looked;
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
