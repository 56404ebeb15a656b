/** A share above this makes a tenant noisy (SQS developer guide: how fair queues work). */
const NOISY_SHARE = 0.1;
/** By its messages in flight a tenant is noisy only from so many of its own on (the same). */
const NOISY_IN_FLIGHT = 30;
/** "Recently", of processing time: AWS names no number, so this one is ours. */
const RECENT_SECONDS = 60;

/** A message that is out. */
interface Held {
  readonly tenant: string | undefined;
  readonly from: number;
}

/** Messages without a group are tenants of their own each; what they took is only ever part of the whole. */
const NOBODY = Symbol('no tenant');
type Tenant = string | typeof NOBODY;

/**
 * Who takes more than its share of a queue's consumers, by the two measures that AWS documents for fair queues: the share
 * of the messages in flight, and of the recent processing time. A model: AWS calls its own thresholds approximate.
 */
export class FairShare {
  #held = new Map<string, Held>();
  /** Processing time that is over: milliseconds by tenant, by the second in which it ended. */
  #spent = new Map<number, Map<Tenant, number>>();

  /** A message was received; `at` in milliseconds since the epoch. */
  began(receipt: string, { tenant, at }: { tenant: string | undefined; at: number }): void {
    this.#held.set(receipt, { tenant, from: at });
  }

  /** It was deleted, or came back. */
  ended(receipt: string, at: number): void {
    const held = this.#held.get(receipt);
    if (!held || !this.#held.delete(receipt)) return;
    const second = Math.floor(at / 1000);
    const spent = this.#spent.get(second) ?? new Map<Tenant, number>();
    this.#spent.set(second, spent);
    add(spent, held.tenant ?? NOBODY, at - held.from);
  }

  /** The receipts of the messages that are out. */
  get out(): Iterable<string> {
    return this.#held.keys();
  }

  isOut(receipt: string): boolean {
    return this.#held.has(receipt);
  }

  /** The noisy tenants, with their messages in flight. */
  noisy(now: number): ReadonlyMap<string, number> {
    const time = new Map<Tenant, number>();
    const inFlight = new Map<Tenant, number>();
    for (const { tenant = NOBODY, from } of this.#held.values()) {
      add(inFlight, tenant, 1);
      add(time, tenant, now - from);
    }
    for (const [second, spent] of this.#spent) {
      if (second < now / 1000 - RECENT_SECONDS) this.#spent.delete(second);
      else for (const [tenant, ms] of spent) add(time, tenant, ms);
    }
    const allTime = sum(time);
    const noisy = new Map<string, number>();
    for (const [tenant, ms] of time) {
      if (tenant === NOBODY) continue;
      const count = inFlight.get(tenant) ?? 0;
      const crowds = count >= NOISY_IN_FLIGHT && count > NOISY_SHARE * this.#held.size;
      if (crowds || ms > NOISY_SHARE * allTime) noisy.set(tenant, count);
    }
    return noisy;
  }
}

function add(sums: Map<Tenant, number>, tenant: Tenant, by: number): void {
  sums.set(tenant, (sums.get(tenant) ?? 0) + by);
}

function sum(sums: ReadonlyMap<Tenant, number>): number {
  return [...sums.values()].reduce((all, each) => all + each, 0);
}

/**
 * Puts in front what a fair queue gives out next: what the quiet tenants have, in their order; then, message by message,
 * what the noisy tenant with the fewest messages in flight has.
 */
export function inFairOrder<M extends { readonly messageGroupId?: string | undefined }>(
  messages: readonly M[],
  { noisy, count }: { noisy: ReadonlyMap<string, number>; count: number },
): M[] {
  const front: M[] = [];
  const waiting = new Map<string, M[]>();
  for (const message of messages) {
    if (front.length >= count) break;
    const { messageGroupId: tenant } = message;
    if (tenant === undefined || !noisy.has(tenant)) front.push(message);
    else waiting.set(tenant, [...(waiting.get(tenant) ?? []), message].slice(0, count));
  }
  const load = new Map(noisy);
  while (front.length < count) {
    const [next] = [...waiting].sort(([a], [b]) => (load.get(a) ?? 0) - (load.get(b) ?? 0));
    if (!next) break;
    const [tenant, [first, ...rest]] = next;
    if (first) front.push(first);
    load.set(tenant, (load.get(tenant) ?? 0) + 1);
    if (rest.length > 0) waiting.set(tenant, rest);
    else waiting.delete(tenant);
  }
  const taken = new Set(front);
  return [...front, ...messages.filter((message) => !taken.has(message))];
}
