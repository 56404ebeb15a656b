import { isWaiting } from '../contract/index.ts';
import type { JobRecord } from './record.ts';

/** When a job is to be dispatched again. */
export interface Next {
  /** Milliseconds since the epoch. */
  readonly runAt: number;
  /**
   * Over 15 minutes away: the outbox's to send, and nobody's to hold.
   * @default false: whoever records it sends it, and the message that it has stays until then
   */
  readonly far?: boolean;
}

/** What the next dispatch is in the record, and what it takes out of it. */
export function nextDispatch(
  dispatch: number,
  { runAt, far = false }: Next,
): { readonly set: Readonly<Record<string, number>>; readonly remove: readonly string[] } {
  if (far) return { set: { dispatch, runAt, out: dispatch }, remove: ['holder', 'token'] };
  return { set: { dispatch, runAt }, remove: [] };
}

/**
 * Of a write that takes a waiting job's dispatch back, or puts another in its place: the dispatch may stand on a one-time
 * schedule, which the lifecycle function is to delete.
 */
export function droppedBy(
  { status, dispatch, out, runAt }: JobRecord,
  now: number,
): { readonly drop: number } | undefined {
  return isWaiting(status) && out === dispatch && runAt > now ? { drop: dispatch } : undefined;
}
