import type { World } from '../world/world.ts';
import type { Answer, Call, ItemFaults, Service } from './call.ts';

/** Times that the SDK makes a call in all, as its standard retry mode does. */
const TRIES = 3;

const CALL_FAULTS = [
  'crash before',
  'crash after',
  'freeze',
  'request lost',
  'response lost',
  'throttle',
  'request late',
  'response late',
] as const;

interface Pending {
  readonly call: Call;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A service that refuses everybody, or all processes of one role. */
export interface Outage {
  readonly service: Call['service'];
  readonly role?: string;
}

/** The network between the processes and AWS: every call takes its time, and every fault may strike on its way. */
export class Wire {
  readonly #world: World;
  readonly #services: Readonly<Record<Call['service'], Service>>;
  /** Hears of every call, for the bound on requests. */
  readonly #made: (jobs: readonly string[]) => void;
  readonly #away = new Set<Outage>();

  constructor(options: {
    readonly world: World;
    readonly services: Readonly<Record<Call['service'], Service>>;
    readonly made: (jobs: readonly string[]) => void;
  }) {
    this.#world = options.world;
    this.#services = options.services;
    this.#made = options.made;
  }

  /** Resolves with AWS's answer, an error's included; rejects when the network fails; a dead process never hears of it. */
  send(call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => this.#attempt({ call, resolve, reject }, 1));
  }

  begin(outage: Outage): void {
    this.#away.add(outage);
  }

  end(outage: Outage): void {
    this.#away.delete(outage);
  }

  #isAway({ service, by }: Call): boolean {
    return [...this.#away].some((it) => it.service === service && by.role.startsWith(it.role ?? ''));
  }

  #attempt(pending: Pending, attempt: number): void {
    const { call } = pending;
    const { by, jobs } = call;
    if (!by.alive) return;
    const { draws, faults, names } = this.#world;
    const what = `${call.operation} ${names.label(jobs)}`;
    const point = faults.point(`${by.role}: ${what}`);
    const fault = faults.strike(point, CALL_FAULTS, jobs);
    this.#made(jobs);
    if (fault) this.#world.tell(by.name, () => `⚡ ${fault}: ${what}`, jobs);
    if (fault === 'crash before') {
      by.crash(`at ${what}`);
      return;
    }
    if (fault === 'freeze') by.freezeFor(draws.spread(`freeze ${point}`, 1_000, 3_600_000));
    let there = draws.between(`there ${point}`, 1, 15);
    let back = draws.between(`back ${point}`, 1, 15);
    if (fault === 'request late') there = draws.spread(`late ${point}`, 1_000, 300_000);
    if (fault === 'response late') back = draws.spread(`late ${point}`, 1_000, 300_000);
    const hear = (then: () => void) => {
      this.#world.after(back, () => by.deliver(then));
    };
    const fail = (answer?: Answer) => hear(() => this.#failed(pending, attempt, point, answer));
    const service = this.#services[call.service];
    const conflict = this.#conflict(service, { call, point });
    const items = this.#itemFaults(point, call, service.items(call));
    this.#world.after(there, async () => {
      if (this.#isAway(call)) {
        faults.took('outage');
        faults.suffered('outage', point, jobs);
        return fail(service.throttled());
      }
      if (fault === 'throttle') return fail(service.throttled());
      if (conflict) return hear(() => pending.resolve(conflict));
      if (fault === 'request lost') return fail();
      const answer = await service.apply(call, items);
      if (fault === 'crash after') by.crash(`after ${what}`);
      else if (fault === 'response lost') fail();
      else hear(() => pending.resolve(answer));
    });
  }

  #itemFaults(point: string, { operation, jobs }: Call, items: number): ItemFaults {
    const struck = new Map<number, 'item throttled' | 'item lost'>();
    for (let i = 0; i < items; i += 1) {
      const about = jobs.slice(i, i + 1);
      // What a BatchWriteItem deletes is of jobs that are gone.
      const name = operation === 'BatchWriteItem' ? `item ${i}` : this.#world.names.label(about);
      const fault = this.#world.faults.strike(`${point}, ${name}`, ['item throttled', 'item lost'], about);
      if (!fault) continue;
      struck.set(i, fault);
      this.#world.tell('AWS', () => `⚡ ${fault}: ${name} of a batch`, about);
    }
    return struck;
  }

  /** Not tried again by the SDK: the caller hears of it at once. */
  #conflict(service: Service, { call, point }: { call: Call; point: string }): Answer | undefined {
    const answer = service.conflicting?.(call);
    // A point of its own: one draw for both would let it strike only where another fault does.
    const own = `${point}, its items`;
    if (!answer || !this.#world.faults.strike(own, ['transaction conflict'], call.jobs)) return undefined;
    this.#world.tell(call.by.name, () => `⚡ transaction conflict: ${call.operation}`, call.jobs);
    return answer;
  }

  /** As the SDK does: again after a pause, then the error is the caller's. */
  #failed(pending: Pending, attempt: number, point: string, answer: Answer | undefined): void {
    if (attempt < TRIES) {
      const pause = this.#world.draws.between(`pause ${point}`, 1, 100 * 2 ** attempt);
      pending.call.by.clock.after(pause, () => this.#attempt(pending, attempt + 1));
    } else if (answer) {
      pending.resolve(answer);
    } else {
      pending.reject(
        Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' }),
      );
    }
  }
}
