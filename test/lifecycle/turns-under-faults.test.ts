import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV, isEnded, Retry, type TickSource, tickId, writeTick } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { type Item, readRecord, STATE } from '../../lib/state/index.ts';
import { seededChance } from '../clock/seeded-chance.ts';
import { failAfter, failBefore } from '../faults/sdk-faults.ts';
import { CrashPlan } from '../worker/crash-plan.ts';
import { history, streamRecords } from '../worker/history.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { work } from '../worker/work.ts';
import { System } from './system.ts';

const MINUTE = 60_000;
const TICKS = 8;
const STEPS = 40;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/**
 * A schedule whose jobs may not overlap, while everything happens to it that may: ticks twice, late and in any order;
 * workers and the lifecycle function that die or lose answers; changes of the table that are followed twice or never; jobs
 * that fail, are tried again, or are cancelled. From a seed: the same one gives the same run.
 */
class Trouble {
  readonly system: System;
  readonly #random: () => number;
  readonly #source: TickSource;
  readonly #start = lab.clock.now();

  private constructor(system: System, random: () => number, overlap: 'skip' | 'queue') {
    const { name: type, version, pool, priority } = work;
    const job = { type, version, pool, priority };
    this.system = system;
    this.#random = random;
    this.#source = { schedule: 'busy', job, payload: { n: 1 }, overlap, maxAge: 1_000 * MINUTE };
  }

  static async of(seed: number, overlap: 'skip' | 'queue'): Promise<Trouble> {
    const chance = seededChance(seed);
    const random = () => chance.random();
    const points = Array.from({ length: 12 }, () => ({
      call: 1 + Math.floor(random() * 200),
      when: random() < 0.5 ? ('before' as const) : ('after' as const),
    }));
    const system = await System.of(lab, {
      crash: new CrashPlan(points),
      handlers: {
        work: (_payload, { attempt }) => {
          if (attempt === 1 && random() < 0.3) throw new Retry({ after: '5m' });
        },
      },
    });
    return new Trouble(system, random, overlap);
  }

  id(n: number): string {
    return tickId({ ...this.#source, at: this.#start + n * MINUTE });
  }

  async step(): Promise<void> {
    const { stand } = this.system;
    const n = Math.floor(this.#random() * TICKS);
    const dice = this.#random();
    if (dice < 0.4) await stand.send(writeTick(this.#source, this.#start + n * MINUTE));
    else if (dice < 0.5) await this.#follow();
    else if (dice < 0.55) await this.system.skipNew();
    else if (dice < 0.6) await stand.client.cancel([this.id(n)], { by: 'test' });
    else if (dice < 0.7) lab.clock.advance(3 * MINUTE);
    else await stand.invoke();
  }

  /** What was lost is found, what was due is run, until nothing is left. */
  async rest(): Promise<void> {
    for (let turns = 0; turns < 60; turns++) {
      await this.system.followNew();
      await this.system.stand.drain();
      lab.clock.advance(6 * MINUTE);
      await this.#sweep();
      const records = [...(await history(lab, this.system.stand.tableName)).values()];
      if (records.every((each) => isEnded(each.at(-1)?.status ?? 'queued'))) return;
      // What the stream lost of a job that was to be sent comes by the sweeper after weeks only: it is followed again here.
      await this.system.follow();
    }
    throw new Error('it does not come to rest');
  }

  async #follow(): Promise<void> {
    const { dynamodb } = this.system.wire;
    const fail = this.#random() < 0.5 ? failBefore : failAfter;
    using _fault = fail(dynamodb, 'TransactWriteItemsCommand', 1 + Math.floor(this.#random() * 3));
    const failed = await (this.#random() < 0.3 ? this.system.follow() : this.system.followNew());
    // Lambda hands a batch over again from the record that failed.
    if (failed.length > 0) await this.system.follow();
  }

  async #sweep(): Promise<void> {
    const { stand } = this.system;
    const { logger } = recordedLog();
    const env = { ...stand.environment, [ENV.messageRetention]: '1209600' };
    const options = { env, dynamodb: lab.wire.dynamodb, logger, clock: lab.clock, chance: stand.chance };
    await createSweeper(options)({ now: true }, { getRemainingTimeInMillis: () => 900_000 });
  }

  /** The most jobs that had been let go and had not ended, at any moment of the table. */
  async mostAtOnce(): Promise<number> {
    const going = new Set<string>();
    let most = 0;
    for (const { dynamodb } of await streamRecords(lab, this.system.stand.tableName)) {
      const image = dynamodb?.NewImage as Item | undefined;
      if (image?.['sk']?.S !== STATE) continue;
      const { id, status } = readRecord(image);
      if (status === 'blocked' || isEnded(status)) going.delete(id);
      else going.add(id);
      most = Math.max(most, going.size);
    }
    return most;
  }
}

describe.each(['queue', 'skip'] as const)("jobs of a schedule that says '%s'", (overlap) => {
  it.each(Array.from({ length: 3 }, (_, seed) => seed + 1))(
    'never overlap and all end, whatever happens (seed %i)',
    async (seed) => {
      const trouble = await Trouble.of(seed, overlap);
      for (let steps = 0; steps < STEPS; steps++) await trouble.step();
      await trouble.rest();
      expect(await trouble.mostAtOnce()).toBe(1);
      const { stand } = trouble.system;
      const jobs = await history(lab, stand.tableName);
      const ids = Array.from({ length: TICKS }, (_, n) => trouble.id(n));
      // Of each tick one job or none, and of each job one record: it was put once.
      expect(ids).toEqual(expect.arrayContaining([...jobs.keys()]));
      for (const records of jobs.values()) expect(new Set(records.map(({ gen }) => gen)).size).toBe(1);
    },
    60_000,
  );
});
