import type { SQSBatchItemFailure, SQSRecord } from 'aws-lambda';
import { DEFAULTS, type JobType } from '../contract/index.ts';
import { RecordUnreadableError, releaseWrite } from '../state/index.ts';
import { waiting } from './carry-out.ts';
import { type Candidate, type ClaimResult, claimAlone, claimFirst } from './claim.ts';
import { type Delivery, readBatch, type Ticking } from './delivery.ts';
import type { WorkerDeps } from './deps.ts';
import { execute } from './execute.ts';
import { PayloadGoneError, payloadOf } from './payload.ts';
import { persist } from './persist.ts';
import { reason } from './reason.ts';
import { isStarved, receivesOf, waitAfter } from './receives.ts';
import { type Claimed, logger, settle, type Verdict } from './settle.ts';
import { SettleBatch } from './settle-batch.ts';
import { handOver, lapsedBefore } from './starved.ts';
import { takeTick } from './ticks.ts';
import { postponeUnfit, tooLongHere, unknownHere } from './unfit.ts';

/** What an invocation keeps for its answer, in milliseconds. */
const ANSWER_TIME = 1_000;

/** One invocation: the messages of a batch, from claim to acknowledgement. */
export class Batch {
  readonly #deps: WorkerDeps;
  /** When Lambda ends this invocation, in milliseconds since the epoch. */
  readonly #endsAt: number;
  /** What this invocation had when it began, in milliseconds. */
  readonly #time: number;
  readonly #settles: SettleBatch;
  readonly #failures: SQSBatchItemFailure[] = [];
  /** What becomes of the jobs that the invocation has no time for: under way beside those that run. */
  readonly #handingBack: Promise<void>[] = [];
  /** A handler ignored its signal. */
  #stuck = false;

  constructor(deps: WorkerDeps, { endsAt }: { endsAt: number }) {
    this.#deps = deps;
    this.#endsAt = endsAt;
    this.#time = endsAt - deps.clock.now();
    this.#settles = new SettleBatch(deps);
  }

  /** Resolves with the messages that are not done: everything else was acknowledged with a reason. */
  async run(records: readonly SQSRecord[]): Promise<SQSBatchItemFailure[]> {
    const { readable, ticks, unreadable } = readBatch(records, () => this.#deps.chance.nonce());
    const leaving = unreadable.map(({ source, error }) => {
      this.#deps.logger.error('message unreadable', { message_id: source.messageId, ...reason(error) });
      return this.#leave(source, this.#deps.clock.now() + DEFAULTS.unreadableDelay);
    });
    leaving.push(...ticks.map((ticking) => this.#take(ticking)));
    const candidates: Candidate[] = [];
    for (const delivery of readable) {
      const type = this.#typeOf(delivery);
      if (type) candidates.push({ delivery, type });
      else leaving.push(this.#guard(delivery, () => this.#postponeUnknown(delivery)));
    }
    await this.#runTogether(candidates);
    await Promise.all(leaving);
    if (this.#ending) this.#exit();
    return this.#failures;
  }

  /**
   * Runs up to the pool's concurrency at a time; whoever lapsed before runs one by one: after all others, and before them once
   * its message came in vain too often.
   */
  async #runTogether(candidates: readonly Candidate[]): Promise<void> {
    const { first, later } = firstOfEach(candidates);
    const alone: Candidate[] = [...later];
    const running = new Set<Promise<void>>();
    const { lapsed, others: queue } = await this.#inTurn(first);
    await this.#runOneByOne(lapsed);
    while (queue.length > 0) {
      const free = this.#deps.settings.concurrency - running.size;
      if (free === 0) {
        await Promise.race(running);
        continue;
      }
      const group = queue.splice(0, free).filter((candidate) => this.#fits(candidate));
      const claims = await this.#claimGroup(group);
      for (const [i, claim] of claims.entries()) {
        this.#track(running, this.#proceed(group[i] as Candidate, claim, alone));
      }
    }
    await Promise.all(running);
    await this.#runOneByOne(alone);
    await Promise.all(this.#handingBack);
  }

  /** Whose message came in vain too often goes first, and of these whoever lapsed before, the oldest job ahead. */
  async #inTurn(candidates: readonly Candidate[]): Promise<{ lapsed: Candidate[]; others: Candidate[] }> {
    const starved = candidates
      .filter(({ delivery }) => isStarved(delivery.source))
      .sort((a, b) => a.delivery.envelope.enqueuedAt - b.delivery.envelope.enqueuedAt);
    const marks = await Promise.all(starved.map(({ delivery }) => lapsedBefore(this.#deps, delivery)));
    const lapsed = starved.filter((_, i) => marks[i]);
    const waited = starved.filter((_, i) => !marks[i]);
    return { lapsed, others: [...waited, ...candidates.filter((each) => !starved.includes(each))] };
  }

  async #runOneByOne(candidates: readonly Candidate[]): Promise<void> {
    for (const candidate of candidates) {
      if (!this.#fits(candidate)) continue;
      await this.#guard(candidate.delivery, () => this.#runAlone(candidate));
    }
  }

  async #runAlone(candidate: Candidate): Promise<Verdict> {
    const result = await claimAlone(this.#deps, candidate);
    // Not claimable a moment ago, claimable now: somebody else is at work on the record.
    if (result === 'alone') {
      return { do: 'leave', until: this.#soon(candidate.delivery), why: 'the record changes' };
    }
    return 'held' in result ? this.#execute(result) : result;
  }

  async #claimGroup(group: readonly Candidate[]): Promise<readonly Promise<ClaimResult>[]> {
    if (group.length === 0) return [];
    try {
      return await claimFirst(this.#deps, group);
    } catch (error) {
      // The table is not there, or not ours: every message comes back.
      this.#deps.logger.warn('batch not claimed', reason(error));
      const why = 'the claim could not be written';
      const left = (delivery: Delivery): Verdict => ({ do: 'leave', until: this.#soon(delivery), why });
      return group.map(({ delivery }) => Promise.resolve(left(delivery)));
    }
  }

  /** Waits for the one claim alone: a neighbour's slow claim must not use up the time of a lease that is already held. */
  async #proceed(candidate: Candidate, claim: Promise<ClaimResult>, alone: Candidate[]): Promise<void> {
    const result = await claim;
    if (result === 'alone') alone.push(candidate);
    else
      await this.#guard(candidate.delivery, async () => ('held' in result ? this.#execute(result) : result));
  }

  async #execute(job: Claimed): Promise<Verdict> {
    const { clock } = this.#deps;
    const loaded = await this.#load(job);
    if ('do' in loaded) return loaded;
    // The clock is read again: the claim itself may have taken long, or the process may have been frozen.
    const now = clock.now();
    const { timeout } = job.type;
    const { deadline } = job.delivery.envelope;
    // It comes back unclaimed, and the claim ends it.
    if (deadline !== undefined && deadline <= now) return this.#release(job, 'the deadline passed');
    if (job.lease.until - now < timeout || this.#endsAt - now < timeout) return this.#release(job);
    this.#settles.begin();
    try {
      const log = logger(this.#deps, job);
      const { type, delivery, held } = job;
      const handler = this.#deps.handlers[type.name];
      if (!handler) return { do: 'leave', until: this.#soon(delivery), why: 'no handler' };
      const { envelope } = delivery;
      const attempt = {
        type,
        handler,
        envelope,
        payload: loaded.payload,
        attempt: held.attempts + 1,
        logger: log,
        clock,
        lease: job.lease,
        latest: this.#endsAt - this.#deps.settings.settleReserve,
      };
      const origin = { type: type.name, logger: log };
      const { outcome, stuck } = await this.#deps.strays.within(origin, () => execute(attempt));
      if (stuck) {
        this.#stuck = true;
        log.error('handler ignored its signal', { timeout_ms: timeout });
      }
      return await settle(this.#deps, this.#settles, job, outcome);
    } finally {
      this.#settles.end();
      await job.lease.quiet(this.#endsAt - ANSWER_TIME);
    }
  }

  /** The payload, or what becomes of a job that none can be had for. */
  async #load(job: Claimed): Promise<{ readonly payload: unknown } | Verdict> {
    try {
      return { payload: await payloadOf(this.#deps, job.delivery.envelope) };
    } catch (error) {
      if (error instanceof PayloadGoneError || error instanceof RecordUnreadableError)
        return settle(this.#deps, this.#settles, job, { kind: 'fail', error });
      logger(this.#deps, job).warn('payload not read', reason(error));
      return this.#release(job, 'its payload could not be read');
    }
  }

  async #release(job: Claimed, why = 'the lease no longer fits the timeout'): Promise<Verdict> {
    const { clock, chance, table } = this.#deps;
    // Not released, it counts as a lease that was lost. There must be time left to answer for the batch.
    const until = () => Math.min(job.lease.until, this.#endsAt - ANSWER_TIME);
    const log = logger(this.#deps, job);
    await persist({ clock, chance, until, logger: log, what: 'release' }, () =>
      table.update(releaseWrite(job.held)),
    );
    return { do: 'leave', until: this.#soon(job.delivery), why };
  }

  /** Does what the verdict says. An error leaves the message: it comes back when its visibility ends. */
  async #guard(delivery: Delivery, work: () => Promise<Verdict>): Promise<void> {
    const { source } = delivery;
    try {
      const verdict = await work();
      if (verdict.do === 'leave') await this.#leave(source, verdict.until);
    } catch (error) {
      this.#fail(source);
      waiting(this.#deps, delivery).error('message left to come back', reason(error));
    }
  }

  /** A schedule's tick becomes a job, which another message brings. An error leaves the tick: it comes back. */
  async #take({ source, tick }: Ticking): Promise<void> {
    try {
      await takeTick(this.#deps, tick);
    } catch (error) {
      this.#fail(source);
      this.#deps.logger.error('tick left to come back', { schedule: tick.schedule, ...reason(error) });
    }
  }

  async #leave(source: SQSRecord, until: number): Promise<void> {
    this.#fail(source);
    try {
      await this.#deps.visibility.leave(source, until);
    } catch (error) {
      // It comes back all the same, when the queue's visibility timeout ends.
      this.#deps.logger.warn('visibility not changed', { message_id: source.messageId, ...reason(error) });
    }
  }

  #fail({ messageId }: SQSRecord): void {
    if (this.#failures.some(({ itemIdentifier }) => itemIdentifier === messageId)) return;
    this.#failures.push({ itemIdentifier: messageId });
  }

  /**
   * A job that the invocation has no time for goes back at once, unclaimed; so does any that a process would begin which
   * is about to end.
   */
  #fits(candidate: Candidate): boolean {
    const { delivery, type } = candidate;
    const { clock, settings } = this.#deps;
    const left = this.#ending ? 0 : this.#endsAt - clock.now();
    if (left >= type.timeout + settings.settleReserve) return true;
    this.#handingBack.push(this.#guard(delivery, () => this.#handBack(candidate)));
    return false;
  }

  async #handBack({ delivery, type }: Candidate): Promise<Verdict> {
    const { clock, settings } = this.#deps;
    const { source } = delivery;
    if (this.#time < type.timeout + settings.settleReserve) {
      const misfit = tooLongHere(this.#deps, delivery.envelope, { type, invocation: this.#time });
      return postponeUnfit(this.#deps, delivery, misfit);
    }
    // A process that is about to end answers for no message: what it handed over would be sent twice.
    if (isStarved(source) && !this.#ending) return handOver(this.#deps, delivery);
    return { do: 'leave', until: clock.now(), why: 'no time left' };
  }

  #postponeUnknown(delivery: Delivery): Promise<Verdict> {
    return postponeUnfit(this.#deps, delivery, unknownHere(this.#deps, delivery.envelope));
  }

  #typeOf({ envelope }: Delivery): JobType | undefined {
    const type = this.#deps.catalog.find(envelope.type);
    return type && envelope.version <= type.version && this.#deps.handlers[type.name] ? type : undefined;
  }

  #track(running: Set<Promise<void>>, work: Promise<void>): void {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  }

  #soon({ source }: Delivery): number {
    return this.#deps.clock.now() + waitAfter(receivesOf(source));
  }

  /** Whether the process ends with this invocation. */
  get #ending(): boolean {
    return this.#stuck || this.#deps.strays.broken;
  }

  /** Every neighbour has settled: whatever a handler still does ends here, and does not thaw in a later invocation. */
  #exit(): void {
    const why = this.#stuck ? 'a handler ignored its signal' : 'an exception was left uncaught';
    this.#deps.logger.error(`process ends: ${why}`);
    this.#deps.exit(1);
  }
}

/** Copies of one job in one batch: only the first is claimed with the others. */
function firstOfEach(candidates: readonly Candidate[]): { first: Candidate[]; later: Candidate[] } {
  const first = new Map<string, Candidate>();
  const later: Candidate[] = [];
  for (const candidate of candidates) {
    const { id } = candidate.delivery.envelope;
    if (first.has(id)) later.push(candidate);
    else first.set(id, candidate);
  }
  return { first: [...first.values()], later };
}
