import { isEnded } from '../../lib/contract/index.ts';
import { racesTtl } from './app/application.ts';
import { catalog, oldCatalog } from './app/catalog.ts';
import { lengthOf, type PlannedEnqueue } from './app/plan.ts';
import { type Change, jobIdOf, type Stored, serialIn } from './aws/job-store.ts';
import type { Queue } from './aws/queue.ts';
import type { Simulation } from './simulation.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A job that the sweeper has not brought to its end by then never ends. */
const LONGEST = 400 * DAY;

/** Times that a person looks into a queue to purge it. */
const LOOKS = 40;

/** What happens to the system from outside of its code: the clock that wakes the sweeper, TTL, deploys, people. */
export class Nature {
  readonly #simulation: Simulation;
  #lastEnqueue = 0;
  #sweeping = false;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    simulation.onChange = (change) => {
      this.#expire(change);
      if (!this.#sweeping && change.after?.record) this.#sweepAgain(DAY);
    };
  }

  plan(enqueues: readonly PlannedEnqueue[]): void {
    const { world } = this.#simulation;
    this.#lastEnqueue = world.now + enqueues.reduce((latest, { at }) => Math.max(latest, at), 0);
    this.#sweepAgain(world.draws.spread('first sweep', 60_000, DAY));
    this.#deploys();
    for (const { queue } of this.#simulation.pools) this.#foreignMessages(queue);
    for (const queue of this.#simulation.queues) this.#purge(queue);
    this.#pauses();
    this.#outages();
    this.#deleteByHand(enqueues);
    this.#restore();
  }

  /** A person pauses a queue for hours or days: nothing of it is lost, and nothing is to be voided. */
  #pauses(): void {
    const { world, sources } = this.#simulation;
    const { draws } = world;
    for (const [n, source] of sources.entries()) {
      if (!draws.happens(`pause of source ${n}`, 0.06)) continue;
      world.after(draws.between(`when source ${n} is paused`, 0, lengthOf(draws)), () =>
        source.pause(draws.spread(`pause of source ${n} for`, 60_000, 2 * DAY)),
      );
    }
  }

  #outages(): void {
    const { world, wire } = this.#simulation;
    for (const service of ['dynamodb', 'sqs', 'scheduler'] as const) {
      for (const role of [undefined, 'worker', 'lifecycle', 'client'] as const) {
        const point = `${service} for ${role ?? 'all'}`;
        if (world.faults.strike(point, ['outage']) === undefined) continue;
        const outage = { service, ...(role !== undefined && { role }) };
        const from = world.draws.spread(`outage of ${point}`, 1_000, HOUR);
        world.after(from, () => {
          world.tell('AWS', () => `⚡ an outage: ${point}`);
          wire.begin(outage);
        });
        world.after(from + world.draws.spread(`length of ${point}`, 1_000, HOUR), () => {
          world.tell('AWS', () => `the outage is over: ${point}`);
          wire.end(outage);
        });
      }
    }
  }

  /** Once a day, for as long as a job is left that has not ended. */
  #sweepAgain(after: number): void {
    const { world, sweeper, store } = this.#simulation;
    this.#sweeping = true;
    world.after(after, () => {
      this.#sweeping = false;
      const live = store.records().some(({ status }) => !isEnded(status));
      if (live) sweeper.invoke({ now: true }, [], () => undefined);
      const far = world.now > this.#lastEnqueue + LONGEST;
      if ((live || world.now < this.#lastEnqueue + DAY) && !far) this.#sweepAgain(DAY);
    });
  }

  /** TTL deletes an ended job's items at once or days late; here, of some jobs only, because it costs a run much. */
  #expire({ key, after }: Change): void {
    const { world, store, stream, checks } = this.#simulation;
    const expiresAt = Number(after?.item['expiresAt']?.N ?? 0);
    const id = jobIdOf(key);
    if (!expiresAt || id === undefined || !after?.record) return;
    const name = `${world.names.of(id)}, ${after.record.dispatch}`;
    const race = racesTtl(world.draws, world.names.of(id));
    if (!race && !world.draws.happens(`ttl of ${name}`, 0.08)) return;
    const late = world.draws.spread(`ttl late ${name}`, 1, race ? 4_000 : 2 * DAY);
    world.after(expiresAt * 1000 - world.now + late, async () => {
      const stored = store.get(key);
      const expired = Number(stored?.item['expiresAt']?.N ?? Number.POSITIVE_INFINITY) * 1000 <= world.now;
      if (!stored || !expired) return;
      if (stored.record && !isEnded(stored.record.status)) {
        checks.report('only ended jobs expire', id, `TTL deletes a ${stored.record.status} job`);
      }
      world.tell('TTL', () => 'deletes the record', [id]);
      stream.append(await store.set(key, undefined), 'TTL');
      this.#expireRest(id, name);
    });
  }

  /** Attempts and events that expire by themselves, in any order, while the lifecycle function deletes them too. */
  #expireRest(id: string, name: string): void {
    const { world, store } = this.#simulation;
    for (const key of store.keys().filter((each) => jobIdOf(each) === id)) {
      world.after(
        world.draws.spread(`ttl of ${key.slice(key.indexOf('|'))} of ${name}`, 1, 10_000),
        async () => {
          const { item, record } = store.get(key) ?? {};
          const expired = Number(item?.['expiresAt']?.N ?? Number.POSITIVE_INFINITY) * 1000 <= world.now;
          if (item && !record && expired) await store.set(key, undefined);
        },
      );
    }
  }

  /** The worker's build is old for a while: at the start, or after a rollback. */
  #deploys(): void {
    const { world, worker } = this.#simulation;
    const { draws, faults } = world;
    const deploy = (old: boolean) => {
      this.#simulation.build = old ? oldCatalog : catalog;
      worker.deploy();
      world.tell('deploy', () => (old ? 'an old build' : 'the current build'));
    };
    for (const turn of [1, 2]) {
      if (faults.strike(`deploy ${turn}`, ['old build']) === undefined) continue;
      const from = turn === 1 ? 0 : draws.spread('rollback', 1_000, HOUR);
      world.after(from, () => deploy(true));
      world.after(from + draws.spread(`deploy ${turn}`, 1_000, 2 * HOUR), () => deploy(false));
    }
  }

  /** Whoever purges a queue sees messages in it: where there are none, it is looked at again. */
  #purge(queue: Queue): void {
    const { world } = this.#simulation;
    const { draws } = world;
    const which = `purge ${queue.name}`;
    if (world.faults.strike(which, ['purge']) === undefined) return;
    const look = (time: number) => {
      const purged = queue.purge();
      if (purged.length > 0) {
        world.faults.took('purge');
        this.#simulation.lost('purge', purged);
        world.tell('person', () => `⚡ purges ${queue.name}: ${purged.length} messages`, []);
      } else if (time < LOOKS) {
        world.after(draws.spread(`${which}, look ${time}`, 50, 20_000), () => look(time + 1));
      }
    };
    world.after(draws.between(`time of ${which}`, 0, lengthOf(draws)), () => look(1));
  }

  #foreignMessages(queue: Queue): void {
    const { world } = this.#simulation;
    if (world.faults.strike(`foreign message to ${queue.name}`, ['foreign message']) === undefined) return;
    const bodies = ['', 'hello', '{}', '{"v":1}', '{"v":99,"id":"x"}', 'null', '[1,2]'];
    const body = world.draws.pick(`foreign message to ${queue.name}`, bodies);
    world.after(world.draws.spread(`foreign ${queue.name}`, 1, HOUR), () => {
      queue.send({ body, delay: 0, now: world.now });
    });
  }

  #deleteByHand(enqueues: readonly PlannedEnqueue[]): void {
    const { world, store, checks, stream, application } = this.#simulation;
    if (world.faults.strike('delete a record', ['record deleted']) === undefined) return;
    const chosen = enqueues.filter(({ name }) => world.draws.happens(`delete ${name}`, 0.05));
    for (const each of chosen) {
      const { name } = each;
      world.after(world.draws.spread(`delete ${name} after`, 1_000, HOUR), async () => {
        const record = store.records().find(({ correlationId }) => correlationId === name);
        if (!record) return;
        world.faults.took('record deleted');
        checks.void('record deleted', [record.id]);
        world.tell('person', () => '⚡ deletes the record', [record.id]);
        stream.append(await store.set(`job#${record.id}|state`, undefined), 'person');
        if (each.key === undefined) return;
        const later = { ...each, name: `${name} again`, payload: { ...each.payload, variant: 2 } };
        checks.variants.set(later.name, later.payload.variant);
        world.after(world.draws.spread(`enqueue ${name} again`, 1, 600_000), () =>
          application.enqueueAgain(later),
        );
      });
    }
  }

  /** The table as it was: what was written since is undone, what was enqueued since is gone. No stream tells of it. */
  #restore(): void {
    const { world, store, checks } = this.#simulation;
    if (world.faults.strike('restore the table', ['table restored']) === undefined) return;
    const at = world.draws.spread('restore to', 1_000, 600_000);
    let then = new Map<string, Stored>();
    world.after(at, () => {
      then = store.copy();
    });
    world.after(at + world.draws.spread('restore after', 1_000, HOUR), async () => {
      world.tell('person', () => `⚡ restores the table to ${at / 1000} s`);
      let undone = 0;
      for (const key of new Set([...store.keys(), ...then.keys()])) {
        const [was, is] = [then.get(key), store.get(key)];
        if (was === is) continue;
        undone += 1;
        const id = jobIdOf(key);
        if (id !== undefined) checks.void('table restored', [id]);
        const serial = is?.record?.serial ?? was?.record?.serial ?? serialIn(key);
        this.#simulation.ticks?.void({ id, serial });
        await store.set(key, was?.item);
      }
      if (undone > 0) world.faults.took('table restored');
    });
  }
}
