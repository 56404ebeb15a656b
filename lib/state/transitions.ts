import { ENDED, MillraceError, STATUSES, type Status, WAITING } from '../contract/index.ts';

/** `none`: there is no record yet. */
export type From = Status | 'none';

function each<const F extends From, const T extends Status>(from: readonly F[], to: readonly T[]) {
  return Object.fromEntries(from.map((f) => [f, to])) as Record<F, readonly T[]>;
}

/**
 * Every transition of a job: event → state before → states after. Each write to a state item is built from it, so a
 * pair that is not here cannot be written. docs/states.md shows the same table.
 */
export const TRANSITIONS = {
  /** The record is put: due now, due later, waiting for other jobs. */
  accept: { none: ['queued', 'scheduled', 'blocked'] },
  /** What it waited for has ended: its first dispatch, through the outbox. */
  unblock: { blocked: ['queued'] },
  /** A worker takes the lease; from `running` only when the lease before it has lapsed. */
  claim: each([...WAITING, 'running'], ['running']),
  /** The holder of a lease prolongs it. */
  heartbeat: { running: ['running'] },
  /** A worker hands back what it claimed and did not execute. */
  release: { running: ['queued'] },
  /** Not now: the same state, the next dispatch. */
  defer: { queued: ['queued'], scheduled: ['scheduled'], retrying: ['retrying'] },
  /** The outbox is to send the dispatch that stands in the record. */
  mark: { queued: ['queued'], scheduled: ['scheduled'] },
  /** The next dispatch, through the outbox; from `running` only when the lease has lapsed. */
  redispatch: { queued: ['queued'], scheduled: ['scheduled'], retrying: ['retrying'], running: ['queued'] },
  succeed: { running: ['succeeded'] },
  retry: { running: ['retrying'] },
  snooze: { running: ['scheduled'] },
  /** Failed for good, no attempts left, lease lost too often; waiting jobs when the recorder brought them back too often. */
  die: each(['running', ...WAITING], ['dead']),
  /** A running job is to end: its worker sees the request at its next beat, or at its settle. */
  requestCancel: { running: ['running'] },
  /** Waiting, or running and settled by its holder or lapsed with a cancel requested. */
  cancel: each([...WAITING, 'blocked', 'running'], ['cancelled']),
  /** The deadline passed before it started. */
  expire: each([...WAITING, 'blocked'], ['expired']),
  redrive: each(ENDED, ['queued']),
} as const satisfies Record<string, Partial<Record<From, readonly Status[]>>>;

export type Event = keyof typeof TRANSITIONS;
/** The states from which an event may happen. */
export type FromOf<E extends Event> = keyof (typeof TRANSITIONS)[E] & From;
/** The states to which an event may lead. */
export type ToOf<E extends Event> = (typeof TRANSITIONS)[E][FromOf<E> &
  keyof (typeof TRANSITIONS)[E]] extends infer T
  ? T extends readonly (infer S)[]
    ? S & Status
    : never
  : never;

/** Code asked for a transition that the table does not have. */
export class IllegalTransitionError extends MillraceError {
  static override readonly errorName: string = 'IllegalTransitionError';
  override readonly code: string = 'ILLEGAL_TRANSITION';
}

export function allows(event: Event, from: From, to: Status): boolean {
  const row: Partial<Record<From, readonly Status[]>> = TRANSITIONS[event];
  return row[from]?.includes(to) ?? false;
}

/** @throws {IllegalTransitionError} when the table does not have the pair */
export function assertAllowed(event: Event, from: readonly From[], to: Status): void {
  const wrong = from.find((state) => !allows(event, state, to));
  if (wrong === undefined && from.length > 0) return;
  throw new IllegalTransitionError({
    what: `No job goes from '${wrong ?? 'nothing'}' to '${to}' on '${event}'`,
    got: `${event}: ${from.join(', ')} → ${to}`,
    expected: 'a row of the transition table',
    fix: 'use an event of the table, or add the row there, to docs/states.md and to its tests',
    context: { event, from, to },
  });
}

/** Every triple that could be asked for: what the tests go through. */
export function everyTriple(): { event: Event; from: From; to: Status }[] {
  const events = Object.keys(TRANSITIONS) as Event[];
  const states: From[] = ['none', ...STATUSES];
  return events.flatMap((event) => states.flatMap((from) => STATUSES.map((to) => ({ event, from, to }))));
}
