import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Chance, type Clock, describeThrown, systemChance } from '../../contract/index.ts';
import type { Engine } from '../engines/index.ts';
import { Agenda } from './agenda.ts';
import type { SchedulerEvent } from './event.ts';
import { Firing } from './firing.ts';
import { route } from './routes.ts';
import type { Operating } from './schedule-operations.ts';
import { ServiceError } from './service-error.ts';
import { Store } from './store.ts';
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
  const agenda = new Agenda(clock);
  const targets = new Targets({ sqsEndpoint, region, invokeFunction });
  const store = new Store({ region, account, now: agenda.now() });
  const firing = new Firing({
    agenda,
    targets,
    chance,
    onEvent,
    onCompleted: ({ arn, settings }) => {
      if (settings.ActionAfterCompletion === 'DELETE') store.deleteSchedule(arn);
    },
  });
  const server = await listen({ store, firing, agenda });
  return {
    endpoint: server.endpoint,
    now: () => agenda.now(),
    advance: (ms) => agenda.advance(ms),
    settled: () => agenda.settled(),
    [Symbol.asyncDispose]: async () => {
      agenda[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      await agenda.settled();
      targets[Symbol.dispose]();
    },
  };
}

async function listen(operating: Operating): Promise<Engine> {
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    try {
      send(response, 200, route(operating, { method, url, body: await text(request) }));
    } catch (error) {
      refuse(response, error);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, type, message } =
    error instanceof ServiceError
      ? error
      : { status: 500, type: 'InternalServerException', message: describeThrown(error).message };
  response.setHeader('x-amzn-errortype', type);
  send(response, status, { Message: message });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
