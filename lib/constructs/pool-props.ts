import type { Duration } from 'aws-cdk-lib';
import type { BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Priority } from '../contract/index.ts';

/** How one priority of a pool feeds the worker. */
export interface PriorityProps {
  /**
   * Invocations at a time for this priority: 2 to 1000. Together with the pool's other priorities it fits the reservation.
   * Not together with `provisionedPollers`.
   * @default 10 where a job type of the pool declares the priority, 2 elsewhere and where nothing is reserved
   */
  readonly maxConcurrency?: number;
  /**
   * Messages in one invocation: 1 to 10,000; over 10 only with a `batchWindow`. More than the pool's `concurrency` wait in it
   * for their turn, and go back to the queue where no time is left.
   * @default 10, or the pool's `concurrency` where that is less
   */
  readonly batchSize?: number;
  /**
   * How long to gather a batch: 0 to 300 seconds. It adds to the time that a job waits.
   * @default Duration.seconds(0)
   */
  readonly batchWindow?: Duration;
  /**
   * How long a message stays invisible once received: at least function timeout + batch window + 30 seconds, at most 12 hours.
   * @default function timeout + batch window + 30 seconds
   */
  readonly visibilityTimeout?: Duration;
  /**
   * Dedicated pollers (Lambda's provisioned mode, billed for each): faster scaling. Each makes up to 10 invocations at a
   * time; 10 × `maximum` counts towards the reservation. Excludes `maxConcurrency`.
   * @default none: Lambda's shared pollers
   */
  readonly provisionedPollers?: { readonly minimum?: number; readonly maximum: number };
}

/** One worker function and what feeds it. */
export interface PoolProps {
  /** The worker's source file, relative to the directory that the CDK app runs in; it exports the handler. */
  readonly entry: string;
  /**
   * The name that the entry exports the handler under.
   * @default 'handler'
   */
  readonly handler?: string;
  /**
   * Memory of the worker in MB: 128 to 10,240. Its CPU grows with it; one vCPU at 1,769.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * The function's timeout: over the longest type timeout of the pool + 5 seconds, at most 900 seconds.
   * @default the longest type timeout of the pool + 30 seconds
   */
  readonly timeout?: Duration;
  /**
   * Concurrent executions that are reserved for the worker: at least the sum of its priorities' `maxConcurrency`. Ignored
   * where the props of Millrace say `reservations: false`.
   * @default that sum
   */
  readonly reservedConcurrency?: number;
  /**
   * Jobs of one batch that run at the same time: 1 to 1,000.
   * @default 10
   */
  readonly concurrency?: number;
  /** @default as the PriorityProps say; every pool has all four priorities, since `enqueue` may ask for any */
  readonly priorities?: Readonly<Partial<Record<Priority, PriorityProps>>>;
  /**
   * Variables for the handlers. All of the function's together have at most 4 KB; names that begin with `MILLRACE_` are the stack's.
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * esbuild settings of the worker, over Millrace's: ES module, minified, AWS SDK bundled.
   * @default Millrace's
   */
  readonly bundling?: BundlingOptions;
}
