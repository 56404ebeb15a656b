import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Chance, type Clock, systemChance } from '../../contract/index.ts';
import type { Engine } from '../engines/index.ts';
import { listen } from '../listen.ts';
import type { Asked } from './asked.ts';
import type { SchedulerEvent } from './event.ts';
import { Scheduler, type SchedulerAnswer } from './scheduler.ts';
import { type InvokeFunction, Targets } from './targets.ts';

/** fauxqs knows no other account. */
const ACCOUNT = '000000000000';

export interface SchedulerOptions {
  /** Where targets and dead-letter queues are: `http://127.0.0.1:<port>`. */
  readonly sqsEndpoint: string;
  readonly region: string;
  /** Twelve digits. @default '000000000000' */
  readonly account?: string;
  /** @default - the system's, with timers that keep no process alive */
  readonly clock?: Clock;
  /** Draws the moment within a flexible window, and execution ids. @default - the system's */
  readonly chance?: Chance;
  /** Takes the events of Lambda targets. @default - there are no functions: such an event fails */
  readonly invokeFunction?: InvokeFunction;
  /** Told what becomes of occurrences. @default - nobody */
  readonly onEvent?: (event: SchedulerEvent) => void;
}

/** A running Scheduler. */
export interface LocalScheduler extends Engine {
  /** Milliseconds since the epoch, by its own time. */
  now(): number;
  /** Moves its time on by `ms` milliseconds; everything due on the way fires, in order. Resolves when that is delivered. */
  advance(ms: number): Promise<void>;
  /** What every schedule so far needs of IAM: roles are kept, not assumed. */
  asked(): Asked[];
  /** Resolves when no delivery is under way; what waits to be tried again does not count. */
  settled(): Promise<void>;
}

/** setTimeout, which must not keep the process that runs the local cloud alive. */
const backgroundClock: Clock = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms).unref();
    return () => clearTimeout(timer);
  },
};

/**
 * EventBridge Scheduler on a port of 127.0.0.1.
 *
 * @example
 * await using scheduler = await startScheduler({ sqsEndpoint: sqs.endpoint, region: 'us-east-1' });
 * const client = new SchedulerClient({ endpoint: scheduler.endpoint });
 */
export async function startScheduler(options: SchedulerOptions): Promise<LocalScheduler> {
  const { sqsEndpoint, region, account = ACCOUNT, clock = backgroundClock } = options;
  const { chance = systemChance, invokeFunction, onEvent = () => undefined } = options;
  const targets = new Targets({ sqsEndpoint, region, invokeFunction });
  const scheduler = new Scheduler({ region, account, clock, chance, targets, onEvent });
  const server = await serve(scheduler);
  return {
    endpoint: server.endpoint,
    now: () => scheduler.now(),
    advance: (ms) => scheduler.advance(ms),
    asked: () => scheduler.asked(),
    settled: () => scheduler.settled(),
    [Symbol.asyncDispose]: async () => {
      scheduler[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      await scheduler.settled();
      targets[Symbol.dispose]();
    },
  };
}

async function serve(scheduler: Scheduler): Promise<Engine> {
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    try {
      send(response, scheduler.answer({ method, url, body: await text(request) }));
    } catch (error) {
      // The request broke off: whoever made it hears nothing any more.
      response.destroy(error instanceof Error ? error : undefined);
    }
  });
  return listen(server);
}

function send(response: ServerResponse, { status, errorType, body }: SchedulerAnswer): void {
  if (errorType !== undefined) response.setHeader('x-amzn-errortype', errorType);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
