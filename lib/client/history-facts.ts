import type { Status } from '../contract/index.ts';
import type { AttemptValues, JobEvent, JobRecord } from '../state/index.ts';
import type { HistoryEntry } from './history.ts';

/** A transition that is on record. `from` is missing where only what comes before it tells. */
export type Told = Omit<HistoryEntry, 'from'> & { readonly from?: HistoryEntry['from'] };

/** A transition and its place: clocks of different machines differ, dispatches rise. */
export interface Fact {
  /** The dispatch that stood in the record before. */
  readonly dispatch: number;
  readonly stage: number;
  /** Milliseconds since the epoch. Not before the start of the execution that it belongs to. */
  readonly at: number;
  readonly entry: Told;
}

/** What has to lie before what else, of one dispatch. */
const STAGES = { accepted: 0, unblocked: 1, under: 2, left: 3, redriven: 4 } as const;

/** The start of an execution. */
interface Start {
  readonly dispatch: number;
  readonly startedAt: number;
  readonly attempt: number;
  readonly worker?: string;
  readonly by?: string;
  readonly why?: string;
}

interface Sources {
  readonly record: JobRecord;
  readonly attempts: readonly AttemptValues[];
  readonly events: readonly JobEvent[];
}

/** Every transition that a job's items and its record tell, each once, in no order. */
export function factsOf({ record, attempts, events }: Sources): Fact[] {
  const starts = new Map<string, Start>();
  // A takeover is told by its event, and who took over by what that execution came to.
  const add = (start: Start) => {
    const place = `${start.dispatch} ${start.startedAt}`;
    starts.set(place, { ...start, ...defined(starts.get(place) ?? {}) });
  };
  const facts = [accepted(record), ...unblocked(record)];
  for (const event of events) {
    for (const start of startsOf(event)) add(start);
    facts.push(...changes(event));
  }
  for (const attempt of attempts) {
    const { dispatch, startedAt, attempt: number, worker } = attempt;
    add({ dispatch, startedAt, attempt: number, worker });
    facts.push(failed(attempt));
  }
  for (const start of current(record, new Set([...starts.values()].map((it) => it.startedAt)))) add(start);
  if (record.status === 'succeeded') facts.push(...succeeded(record));
  // Where nothing else says what was first, an execution began before anything happened to it.
  return [...[...starts.values()].map(started), ...facts];
}

function accepted(record: JobRecord): Fact {
  const { enqueuedAt, dispatch, runAt } = record;
  const to = bornAs(record);
  const isDue = to === 'scheduled' && dispatch === 0;
  const why = isDue ? { why: `due at ${new Date(runAt).toISOString()}` } : {};
  const entry = { time: new Date(enqueuedAt), from: 'none', to, dispatch: 0, ...why } as const;
  return { dispatch: 0, stage: STAGES.accepted, at: enqueuedAt, entry };
}

/** Records of builds that did not write it tell by what they are now, where that is certain. */
function bornAs({ born, status, dispatch, attempts }: JobRecord): Status {
  if (born !== undefined) return born;
  const untouched = dispatch === 0 && attempts === 0;
  return untouched && (status === 'scheduled' || status === 'blocked') ? status : 'queued';
}

function unblocked({ unblockedAt: at, schedule = '' }: JobRecord): Fact[] {
  if (at === undefined) return [];
  const why = `the job before it of the schedule '${schedule}' has ended`;
  const entry = { time: new Date(at), from: 'blocked', to: 'queued', dispatch: 0 } as const;
  return [{ dispatch: 0, stage: STAGES.unblocked, at, entry: { ...entry, by: 'lifecycle', why } }];
}

function started({ dispatch, startedAt: at, ...it }: Start): Fact {
  const entry = { time: new Date(at), to: 'running', attempt: it.attempt, dispatch } as const;
  return { dispatch, stage: STAGES.under, at, entry: { ...entry, ...defined(it) } };
}

/** The events after which the record stands at the next dispatch. */
const NEXT: readonly JobEvent['on'][] = ['defer', 'redispatch', 'snooze', 'redrive'];

function dispatchBefore({ on, dispatch }: JobEvent): number {
  return NEXT.includes(on) ? dispatch - 1 : dispatch;
}

/** The execution that stood in the record until the event; of a takeover also the one that began with it. */
function startsOf(event: JobEvent): Start[] {
  const { on, attempt, startedAt, worker, at, by, why } = event;
  if (attempt === undefined || startedAt === undefined) return [];
  const dispatch = dispatchBefore(event);
  const begun = { dispatch, attempt };
  const before = { ...begun, startedAt, worker };
  return on === 'claim' ? [before, { ...begun, startedAt: at, by, why }] : [before];
}

function changes(event: JobEvent): Fact[] {
  const { on, from, to, at, by, error, replaced, attempt, startedAt = 0, endedAt, worker } = event;
  if (on === 'claim') return [];
  // From running to running: nothing else would tell what it was.
  const why = event.why ?? (on === 'requestCancel' ? 'a cancel was requested' : undefined);
  const dispatch = dispatchBefore(event);
  const ran = from === 'running' ? { attempt, worker } : {};
  const entry = {
    time: new Date(at),
    from,
    to,
    dispatch: event.dispatch,
    by,
    ...defined({ why, error: error && { ...error }, replaced, ...ran }),
  };
  const stage = on === 'redrive' ? STAGES.redriven : on === 'requestCancel' ? STAGES.under : STAGES.left;
  const fact = { dispatch, stage, at: Math.max(at, startedAt), entry };
  if (from !== 'succeeded' || attempt === undefined || endedAt === undefined) return [fact];
  return [success({ dispatch, attempt, endedAt, worker }), fact];
}

function failed(it: AttemptValues): Fact {
  const { attempt, dispatch, endedAt, outcome, worker } = it;
  const entry = {
    time: new Date(endedAt),
    from: 'running',
    to: outcome,
    attempt,
    dispatch,
    worker,
    error: errorOf(it),
  } as const;
  return { dispatch, stage: STAGES.left, at: endedAt, entry };
}

/** What the job died of, as its record had it, and what the attempt threw as its cause. */
function errorOf({ error, death }: AttemptValues): AttemptValues['error'] {
  if (death === undefined) return error;
  const { name, message, stack } = error;
  return { ...death, cause: `${name}: ${message}`, ...defined({ stack }) };
}

function success(it: { dispatch: number; attempt: number; endedAt: number; worker?: string }): Fact {
  const { dispatch, attempt, endedAt: at, worker } = it;
  const entry = { time: new Date(at), from: 'running', to: 'succeeded', attempt, dispatch } as const;
  return { dispatch, stage: STAGES.left, at, entry: { ...entry, ...defined({ worker }) } };
}

function succeeded({ dispatch, attempts: attempt, endedAt, worker }: JobRecord): Fact[] {
  return endedAt === undefined ? [] : [success({ dispatch, attempt, endedAt, worker })];
}

/** The execution that stands in the record: it runs, or went well; others only where no item tells of them. */
function current(record: JobRecord, told: ReadonlySet<number>): Start[] {
  const { status, startedAt, attempts, dispatch, worker } = record;
  if (startedAt === undefined) return [];
  if (status === 'succeeded') return [{ dispatch, startedAt, attempt: attempts, worker }];
  if (status === 'running') return [{ dispatch, startedAt, attempt: attempts + 1, worker }];
  if (told.has(startedAt)) return [];
  // Builds that wrote fewer items left it behind.
  const waits = status === 'retrying' || status === 'scheduled' || status === 'queued';
  const then = waits
    ? { dispatch: Math.max(dispatch - 1, 0), attempt: attempts + 1 }
    : { dispatch, attempt: attempts };
  return [{ ...then, attempt: Math.max(then.attempt, 1), startedAt, worker }];
}

function defined<T extends object>(values: T): Partial<T> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Partial<T>;
}
