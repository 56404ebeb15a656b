import {
  type Clock,
  DEFAULTS,
  type Envelope,
  type JobType,
  LIMITS,
  type Outcome,
  outcomeOfThrown,
  PayloadInvalidError,
  parseWith,
} from '../contract/index.ts';
import type { JobLogger } from '../observe/index.ts';
import { AttemptTimeoutError, ResultInvalidError } from './errors.ts';
import type { JobContext } from './handler.ts';

/** A handler as the worker calls it: the types were checked where it was bound. */
export type AnyHandler = (payload: unknown, context: JobContext) => unknown;

export interface Execution {
  readonly type: JobType;
  readonly handler: AnyHandler;
  readonly envelope: Envelope;
  /** From 1. */
  readonly attempt: number;
  readonly logger: JobLogger;
  readonly clock: Clock;
}

export interface Executed {
  readonly outcome: Outcome;
  /** The handler ignored its signal and may still be running: this process must not serve another invocation. */
  readonly stuck: boolean;
}

/** Runs the handler once and says what it ended in. Never throws: whatever goes wrong is an outcome. */
export async function execute(execution: Execution): Promise<Executed> {
  const { type, envelope, clock } = execution;
  let payload: unknown;
  try {
    payload = await parseWith(type.schema, upcast(type, envelope), type.name);
  } catch (error) {
    return { outcome: { kind: 'fail', error }, stuck: false };
  }
  const { raced, stuck } = await race(execution, payload);
  if ('thrown' in raced) return { outcome: readThrown(raced.thrown, clock.now()), stuck };
  return { outcome: await readResult(type, raced.returned), stuck };
}

type Raced = { readonly returned: unknown } | { readonly thrown: unknown };

async function race(execution: Execution, payload: unknown): Promise<{ raced: Raced; stuck: boolean }> {
  const { type, handler, clock } = execution;
  const controller = new AbortController();
  const timedOut = new AttemptTimeoutError({ type: type.name, timeout: type.timeout });
  const warnAfter = Math.max(type.timeout - DEFAULTS.signalLead, type.timeout * 0.9);
  const stops = [clock.after(warnAfter, () => controller.abort(timedOut))];
  const late = new Promise<'late'>((resolve) => {
    stops.push(clock.after(type.timeout, () => resolve('late')));
  });
  const ran = (async (): Promise<Raced> => {
    try {
      return { returned: await handler(payload, contextOf(execution, controller.signal)) };
    } catch (thrown) {
      return { thrown };
    }
  })();
  const first = await Promise.race([ran, late]);
  for (const stop of stops) stop();
  return first === 'late' ? { raced: { thrown: timedOut }, stuck: true } : { raced: first, stuck: false };
}

function contextOf({ type, envelope, attempt, logger }: Execution, signal: AbortSignal): JobContext {
  const { id, tenant, correlationId, tags = {}, enqueuedAt } = envelope;
  return {
    ...{ id, type: type.name, tenant, correlationId, tags, attempt, signal, logger },
    maxAttempts: type.retry.maxAttempts,
    enqueuedAt: new Date(enqueuedAt),
  };
}

function upcast(type: JobType, { version, payload }: Envelope): unknown {
  let value = payload;
  for (let from = version; from < type.version; from++) {
    const step = type.upcast[from];
    if (step === undefined) continue;
    try {
      value = step(value);
    } catch (cause) {
      const message = `the upcaster of version ${from} threw: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new PayloadInvalidError({ type: type.name, issues: [{ path: '', message }], cause });
    }
  }
  return value;
}

/** A snooze into a time that is out of range is a mistake of the handler's, and an outcome like any other error. */
function readThrown(thrown: unknown, now: number): Outcome {
  try {
    return outcomeOfThrown(thrown, now);
  } catch (error) {
    return { kind: 'retry', error };
  }
}

async function readResult(type: JobType, returned: unknown): Promise<Outcome> {
  const name = type.name;
  try {
    if (type.result) await parseWith(type.result, returned, name);
    const json = JSON.stringify(returned);
    const bytes = json === undefined ? 0 : Buffer.byteLength(json);
    if (bytes > LIMITS.payloadBytes) throw new RangeError(`${bytes} bytes as JSON`);
    return { kind: 'succeed', result: json };
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    return { kind: 'fail', error: new ResultInvalidError({ type: name, got, cause }) };
  }
}
