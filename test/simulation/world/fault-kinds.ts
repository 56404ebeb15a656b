import type { Draws } from './draws.ts';

/**
 * Every kind of fault, with the probability that it strikes at one of its points in a run that has much of it, and
 * `voids`: why a promise cannot hold under it without the sweeper; `mayMiss`: it strikes at what may be gone, or over, when
 * its time comes, so its effects are counted apart.
 */
export const FAULT_KINDS = {
  /** The process dies as it makes a call; the call is never made. */
  'crash before': { rate: 0.01 },
  /** The process dies after its call was applied and before it hears of it. */
  'crash after': { rate: 0.01 },
  /** The process stands still, across leases and visibility, and goes on. */
  freeze: { rate: 0.01 },
  /** A call is never applied; the caller gets a network error. */
  'request lost': { rate: 0.015 },
  /** A call is applied; the caller gets a network error. */
  'response lost': { rate: 0.02 },
  throttle: { rate: 0.03 },
  /** A call is applied late, its caller perhaps long gone. */
  'request late': { rate: 0.01 },
  'response late': { rate: 0.01 },
  /** A service refuses every call, of everybody or of one role, for up to an hour. */
  outage: { rate: 0.1, mayMiss: true },
  /** A write is refused because another transaction is at its item: the SDK does not try again. */
  'transaction conflict': { rate: 0.01 },
  /** One item of a batch is refused. */
  'item throttled': { rate: 0.03 },
  /** One item of a batch is applied and reported as failed. */
  'item lost': { rate: 0.02 },
  /** A message is given out and stays visible. */
  duplicate: { rate: 0.03 },
  /** An acknowledged message comes back. */
  'ack lost': { rate: 0.03 },
  /** A message comes back whose deletion had taken effect: SQS was without one of the servers that keep it. */
  'delete undone': { rate: 0.03, mayMiss: true },
  /** A message is sent twice by the network: two messages of one body. */
  'double send': { rate: 0.02 },
  /** Lambda refuses the invocation: the batch comes back when its visibility ends. */
  'invocation refused': { rate: 0.05 },
  /** Lambda kills the invocation, some jobs settled. */
  'invocation killed': { rate: 0.02, mayMiss: true },
  /** Lambda gives the invocation up and keeps the process, which thaws in a later one. */
  'invocation abandoned': { rate: 0.01, mayMiss: true },
  /** The process dies of a handler's memory, with all its neighbours. */
  'out of memory': { rate: 0.02, mayMiss: true },
  /** A handler ignores its signal and its deadline. */
  'signal ignored': { rate: 0.01 },
  /** A process's clock is off by seconds. */
  skew: { rate: 0.3 },
  /** A process's clock is off by minutes. */
  'wild skew': { rate: 0.03 },
  /** Receives are counted that nobody saw: the message goes to the dead-letter queue early, copies of it running. */
  'receives burnt': { rate: 0.01 },
  /** A person moves the dead-letter queue back: new message ids. */
  'console redrive': { rate: 0.25, mayMiss: true },
  /** The stream delivers late, by minutes or hours. */
  'stream late': { rate: 0.05 },
  'stream replay': { rate: 0.1 },
  /** A record that no code of ours can read stands in the stream. */
  'stream poison': { rate: 0.05 },
  /** A worker build that lacks types or versions is deployed, or rolled back to. */
  'old build': { rate: 0.5 },
  /** Somebody else's message lands on a queue. */
  'foreign message': { rate: 0.3 },
  /** EventBridge Scheduler sends up to a minute before the time, or up to a day after it, or twice, or not at all. */
  'schedule early': { rate: 0.1, mayMiss: true },
  'schedule late': { rate: 0.1, mayMiss: true },
  'schedule fired twice': { rate: 0.05, mayMiss: true },
  /** It gives a message up: the dead-letter queue. */
  'schedule unsent': { rate: 0.05, mayMiss: true },
  /** It says that a schedule exists which was just made. */
  'schedule conflict': { rate: 0.05 },
  /** A schedule that was deleted is there for a while. */
  'deletion pending': { rate: 0.2, mayMiss: true },
  /** No more schedules may be made for now. */
  'over quota': { rate: 0.05 },
  'schedule dropped': { rate: 0.05, mayMiss: true, voids: 'the only carrier of a waiting job is gone' },
  'stream lost': { rate: 0.03, voids: 'a dispatch that only the stream knew of is gone' },
  purge: { rate: 0.5, mayMiss: true, voids: 'the only messages of waiting jobs are gone' },
  'retention over': { rate: 0.01, voids: 'the only message of a waiting job is gone' },
  'record deleted': { rate: 0.5, mayMiss: true, voids: 'the job itself is gone' },
  'table restored': { rate: 0.5, mayMiss: true, voids: 'what was written since is gone' },
} as const satisfies Record<string, { rate: number; voids?: string; mayMiss?: true }>;

export type FaultKind = keyof typeof FAULT_KINDS;
export type FaultRates = Readonly<Record<FaultKind, number>>;

const ALL_FAULTS = Object.keys(FAULT_KINDS) as FaultKind[];

/** Whether a kind takes something away that no message and no worker can bring back. */
function voids(kind: FaultKind): boolean {
  return 'voids' in FAULT_KINDS[kind];
}

/** Whether a strike may have no effect. */
export function mayMiss(kind: FaultKind): boolean {
  return 'mayMiss' in FAULT_KINDS[kind];
}

/** A run that looks for one thing has this much more of the faults that lead there. */
const FOCUSED = 6;

/**
 * How much of each kind a run has: none, some, or much of it, so that runs differ, and rare interplays of a few kinds are
 * not drowned by all the others (swarm testing). Kinds that void promises come in one run of four.
 */
export function drawRates(draws: Draws, focus: readonly FaultKind[] = []): FaultRates {
  const voided = draws.happens('voided run', 0.25);
  const quiet = draws.happens('quiet run', 0.05);
  const rates = ALL_FAULTS.map((kind) => {
    const factor = draws.weighted(`rate ${kind}`, { '0': 4, '0.3': 3, '1': 3, '3': 1 });
    if (focus.includes(kind)) return [kind, Math.min(0.5, FOCUSED * FAULT_KINDS[kind].rate)];
    const off = quiet || (voids(kind) && !voided);
    return [kind, off ? 0 : Number(factor) * FAULT_KINDS[kind].rate];
  });
  return Object.fromEntries(rates) as FaultRates;
}
