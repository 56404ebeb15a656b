import { setImmediate } from 'node:timers';
import {
  checkCorrelationId,
  checkTags,
  checkTenant,
  type DeadlineInput,
  type DurationInput,
  deadlineOf,
  ENVELOPE_VERSION,
  type Envelope,
  InvalidOptionError,
  type JobInput,
  type JobType,
  milliseconds,
  type Tags,
  type TimeInput,
  timeOf,
} from '../contract/index.ts';
import { execute, type Handler } from '../worker/index.ts';
import { Activity } from './activity.ts';
import { type AttemptOutcome, settledAs } from './attempt-outcome.ts';
import { collectingLogger, type LogLine } from './logs.ts';
import { seededChance } from './seeded-chance.ts';
import { START, VirtualClock } from './virtual-clock.ts';
import { watchedSchemas } from './watched-schemas.ts';

export interface RunJobOptions {
  /**
   * Which attempt it is, from 1: the last one's failure makes the job dead.
   * @default 1
   */
  readonly attempt?: number;
  /** @default none */
  readonly tenant?: string;
  /** @default none */
  readonly tags?: Tags;
  /** @default none */
  readonly correlationId?: string;
  /** @default one by the seed */
  readonly id?: string;
  /**
   * When the attempt begins.
   * @default 2027-01-01T00:00:00Z
   */
  readonly now?: TimeInput;
  /**
   * When the job was accepted.
   * @default when the attempt begins
   */
  readonly enqueuedAt?: TimeInput;
  /**
   * The job's deadline: a time, or a duration from when it was accepted.
   * @default by the type: its `deadline`, if it has one
   */
  readonly deadline?: DeadlineInput;
  /**
   * How much time passes once the handler (or a schema) waits for something, by the clock that its timeout goes by: from shortly before
   * the type's timeout on, its signal has fired; from the timeout on, the attempt is over.
   * @default none: the handler has all the time that it takes
   */
  readonly takes?: DurationInput;
  /** Aborts the handler's signal as well, as a cancel does. */
  readonly signal?: AbortSignal;
  /**
   * How long the handler, or a schema that answers asynchronously, may take, in real time.
   * @default 4s
   */
  readonly patience?: DurationInput;
  /**
   * What the backoff and the id are drawn from: the same seed, the same ones.
   * @default 1
   */
  readonly seed?: number;
}

export interface RunJobOptionsOfVersion extends RunJobOptions {
  /** The payload's version: an older one goes through the type's upcasters. */
  readonly version: number;
}

/** One attempt, and what it logged. */
export interface JobRun<J extends JobType> {
  readonly outcome: AttemptOutcome<J>;
  readonly logs: readonly LogLine[];
  /** How often the handler called `heartbeat`. */
  readonly heartbeats: number;
}

/**
 * Runs one handler once, as the worker does: the payload through JSON and the schema, the outcome by the type's policy.
 * It never throws for what the handler does: whatever goes wrong is an outcome.
 *
 * @throws {InvalidOptionError} an option is out of its range
 * @throws {HandlerStuckError} the handler, or a schema, does not come to an end
 * @example
 * const { outcome } = await runJob(sendReceipt, handler, { orderId: '42' }, { attempt: 5 });
 * expect(outcome).toMatchObject({ kind: 'dead', why: 'no attempts left' });
 */
export function runJob<J extends JobType>(
  type: J,
  handler: Handler<NoInfer<J>>,
  payload: JobInput<NoInfer<J>>,
  options?: RunJobOptions & { readonly version?: undefined },
): Promise<JobRun<J>>;
export function runJob<J extends JobType>(
  type: J,
  handler: Handler<NoInfer<J>>,
  payload: unknown,
  options: RunJobOptionsOfVersion,
): Promise<JobRun<J>>;
export async function runJob<J extends JobType>(
  type: J,
  handler: Handler<J>,
  payload: unknown,
  options: RunJobOptions & { readonly version?: number | undefined } = {},
): Promise<JobRun<J>> {
  const { takes, signal, patience = '4s', seed = 1 } = options;
  const activity = new Activity({ patience: milliseconds(patience, 'patience') });
  const clock = new VirtualClock(timeOf(options.now ?? START, 'now'));
  const chance = seededChance(seed, 'attempt');
  const attempt = wholeFrom1(options.attempt ?? 1, 'attempt');
  const began = clock.now();
  const envelope = envelopeOf(type, { payload, options, attempt, began, ulid: () => chance.ulid(began) });
  const logs: LogLine[] = [];
  const { id, tenant, correlationId } = envelope;
  const logger = collectingLogger({ now: () => clock.now(), into: (line) => logs.push(line) });
  let heartbeats = 0;
  const running = execute({
    type: watchedSchemas(type, (schema) => activity.schema({ type: type.name, schema, since: clock.now() })),
    envelope,
    payload: envelope.payload,
    attempt,
    clock,
    handler: async (parsed, context) => {
      using _running = activity.handler({ id, type: type.name, attempt, since: clock.now() });
      const signals = signal ? AbortSignal.any([context.signal, signal]) : context.signal;
      return await handler(parsed as Parameters<typeof handler>[0], { ...context, signal: signals });
    },
    logger: logger.child({
      ...{ job_id: id, job_type: type.name, attempt, tenant, correlation_id: correlationId },
    }),
    lease: {
      beat: Number.POSITIVE_INFINITY,
      look: async () => 'held',
      extend: async () => {
        heartbeats += 1;
        return 'held';
      },
    },
    latest: Number.POSITIVE_INFINITY,
  });
  if (takes !== undefined) await passTime(clock, milliseconds(takes, 'takes'));
  // Over already, or its handler is waited for.
  const over = await Promise.race([running, turns().then(() => undefined)]);
  const waiting = () => activity.still({ overtake: false }).then(() => running);
  const { outcome } = over ?? (await Promise.race([running, waiting()]));
  const settled = settledAs({ type, id, deadline: envelope.deadline }, outcome, {
    attempt,
    now: clock.now(),
    random: () => chance.random(),
  });
  return { outcome: settled, logs, heartbeats };
}

/** From timer to timer, so that a handler which heeds its signal can do so before its time is over. */
async function passTime(clock: VirtualClock, ms: number): Promise<void> {
  const until = clock.now() + ms;
  await turns();
  for (let next = clock.next(); next !== undefined && next <= until; next = clock.next()) {
    clock.moveTo(next);
    await turns();
  }
  clock.moveTo(until);
}

/** Turns of the event loop that a handler gets between two moments: enough for what only computes. */
const TURNS = 10;

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

interface Sent {
  readonly payload: unknown;
  readonly options: RunJobOptions & { readonly version?: number | undefined };
  readonly attempt: number;
  readonly began: number;
  readonly ulid: () => string;
}

/** The message that the worker would have got. */
function envelopeOf(type: JobType, { payload, options, attempt, began, ulid }: Sent): Envelope {
  const { tenant, tags, correlationId, version = type.version } = options;
  if (tenant !== undefined) checkTenant(tenant);
  if (correlationId !== undefined) checkCorrelationId(correlationId);
  const enqueuedAt = timeOf(options.enqueuedAt ?? began, 'enqueuedAt');
  const json = JSON.stringify(payload);
  return {
    v: ENVELOPE_VERSION,
    ...{ id: options.id ?? ulid(), gen: ulid(), dispatch: attempt - 1, nonce: ulid() },
    ...{ type: type.name, version: wholeFrom1(version, 'version'), pool: type.pool, priority: type.priority },
    ...{ tenant, tags: tags === undefined ? undefined : checkTags(tags), correlationId },
    ...{ attempts: attempt - 1, runAt: began, enqueuedAt },
    deadline: deadlineOf(options.deadline, { ofType: type.deadline, now: enqueuedAt, runAt: enqueuedAt }),
    payload: json === undefined ? undefined : JSON.parse(json),
  };
}

function wholeFrom1(value: number, option: string): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidOptionError({ option, got: String(value), expected: 'a whole number from 1' });
}
