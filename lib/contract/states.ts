/** Every state of a job. The transitions between them are one table in `lib/state`. */
export const STATUSES = [
  'blocked',
  'queued',
  'scheduled',
  'running',
  'retrying',
  'succeeded',
  'dead',
  'cancelled',
  'expired',
] as const;

export type Status = (typeof STATUSES)[number];

/** States in which a job waits for a message that lets a worker claim it. */
export const WAITING = ['queued', 'scheduled', 'retrying'] as const satisfies readonly Status[];
export type WaitingStatus = (typeof WAITING)[number];

/** States that a job leaves only by a redrive. */
export const ENDED = ['succeeded', 'dead', 'cancelled', 'expired'] as const satisfies readonly Status[];
export type EndedStatus = (typeof ENDED)[number];

export function isWaiting(status: Status): status is WaitingStatus {
  return (WAITING as readonly Status[]).includes(status);
}

export function isEnded(status: Status): status is EndedStatus {
  return (ENDED as readonly Status[]).includes(status);
}
