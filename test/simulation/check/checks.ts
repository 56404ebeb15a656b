import { type Envelope, isEnded, isWaiting, LIMITS } from '../../../lib/contract/index.ts';
import type { JobRecord } from '../../../lib/state/index.ts';
import type { JobContext } from '../../../lib/worker/index.ts';
import type { Execution, ExecutionListener } from '../app/behaviours.ts';
import type { Payload } from '../app/catalog.ts';
import type { PlannedPatch } from '../app/patches.ts';
import { isTick } from '../app/ticks.ts';
import { type Change, type JobStore, jobIdOf } from '../aws/job-store.ts';
import { envelopeIn, type Message, type Queue } from '../aws/queue.ts';
import type { SendListener } from '../aws/queue-service.ts';
import type { Scheduler } from '../aws/scheduler.ts';
import type { DeliveryListener } from '../lambda/queue-source.ts';
import type { FaultKind } from '../world/fault-kinds.ts';
import type { FiredFault } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { checkChange } from './change-checks.ts';
import { heldOn } from './held-on.ts';
import { type JobLog, JobLogs } from './job-log.ts';
import { PatchChecks } from './patch-checks.ts';
import { RoleFaults } from './role-faults.ts';
import { Signals } from './signals.ts';
import { agree, isSound } from './soundness.ts';
import { strainOf } from './strain.ts';
import { type Invariant, Violations } from './violation.ts';

/** Watches a run: every change, message, execution and acknowledgement is held against the promises as it happens. */
export class Checks implements SendListener, DeliveryListener, ExecutionListener {
  readonly logs = new JobLogs();
  readonly violations: Violations;
  /** The variant of the payload that each enqueue brings; by the enqueue's name. */
  readonly variants = new Map<string, number>();
  readonly #world: World;
  readonly #store: JobStore;
  readonly #queues: readonly Queue[];
  readonly #scheduler: Scheduler;
  readonly #inOutbox: (id: string) => boolean;
  readonly #roleFaults = new RoleFaults(() => this.#world.now);
  readonly patches: PatchChecks;
  readonly #signals = new Signals(() => this.#world.now);

  constructor(options: {
    readonly world: World;
    readonly store: JobStore;
    readonly queues: readonly Queue[];
    readonly scheduler: Scheduler;
    /** Whether the stream, or the function behind it, still has a change of the job to follow. */
    readonly inOutbox: (id: string) => boolean;
  }) {
    this.#world = options.world;
    this.#store = options.store;
    this.#queues = options.queues;
    this.#scheduler = options.scheduler;
    this.#inOutbox = options.inOutbox;
    this.patches = new PatchChecks(options.store);
    this.violations = new Violations(() => options.world.stop());
  }

  report(invariant: Invariant, id: string | undefined, what: string): void {
    this.#world.tell('✗', () => `${invariant}: ${what}`, id === undefined ? [] : [id]);
    this.violations.add(invariant, id === undefined ? undefined : this.#world.names.of(id), what);
  }

  struck(fault: FiredFault): void {
    this.#roleFaults.struck(fault);
    for (const id of fault.jobs) {
      const log = this.logs.of(id);
      // A copy is a send of its own, and may have its holder send the next dispatch again.
      log.faults += 1;
      if (copiesSend(fault)) log.copies += 1;
      log.strain += strainOf(fault.kind);
    }
  }

  /** Faults that struck a role's calls and invocations. */
  faultsOf(role: string): number {
    return this.#roleFaults.of(role);
  }

  sparesScheduler(role: string): boolean {
    return this.#roleFaults.sparesScheduler(role);
  }

  /** What struck one message of a batch struck all of them. */
  disturbed(ids: readonly string[]): void {
    for (const id of ids) this.logs.of(id).disturbed += 1;
  }

  /** A function threw that no fault had struck, or that is to catch everything. */
  threw(process: Process, error: unknown): void {
    if (error instanceof Error) this.#world.tell(process.name, () => error.stack ?? error.message);
    this.report('no code throws', undefined, `${process.name} threw ${String(error).split('\n', 1)}`);
  }

  /** A fault took something from a job that no message brings back. */
  void(kind: FaultKind, ids: Iterable<string>): void {
    for (const id of ids) {
      const log = this.logs.of(id);
      // What takes the record itself weighs more than what takes its messages.
      if (log.void === undefined || isGone(kind)) log.void = kind;
      if (isGone(kind)) for (const execution of log.running) execution.dispossessed = true;
    }
  }

  changed(change: Change, by: Process): void {
    this.patches.changed(change);
    const id = jobIdOf(change.key);
    if (id === undefined || !(change.before?.record || change.after?.record)) return;
    const log = this.logs.of(id);
    const before = change.before?.record;
    const after = change.after?.record;
    if (!after) {
      this.report('nothing vanishes', id, `${by.name} deleted its record`);
      return;
    }
    const report = (invariant: Invariant, what: string) => this.report(invariant, id, what);
    const event = checkChange({ log, before, after, by, report });
    if (event === 'heartbeat') log.heartbeats += 1;
    if (after.out !== undefined && after.out !== before?.out) log.far += 1;
    if (event === 'requestCancel') log.cancelAskedAt = this.#world.now;
    if (event === 'accept') this.#accepted(log, after);
    if (by.role === 'sweeper' && before) this.#sweptRightly(log, before, { event, now: by.clock.now() });
    this.#world.tell(by.name, () => describe(event, before, after), [id]);
  }

  #accepted(log: JobLog, { gen, correlationId = '' }: JobRecord): void {
    log.asked += 1;
    log.accepted.set(gen, correlationId);
    log.recorded.set(gen, 0);
  }

  /** The sweeper mends what has lost its message, ends what is past its deadline, and never sends a backlog again. */
  #sweptRightly(log: JobLog, before: JobRecord, { event, now }: { event: string; now: number }): void {
    const { id, promises, scheduled, void: lost } = log;
    const { gen, dispatch, deadline = Number.POSITIVE_INFINITY, status } = before;
    // Its turn comes when the job before it has ended: no message of its own is needed for that.
    if (deadline <= now || status === 'blocked' || event === 'note') return;
    if ((promises.length > 0 || scheduled) && lost === undefined)
      this.report('only losses need the sweeper', id, `the sweeper had to bring it on: ${event}`);
    const live = this.#carriersOf(id).some((it) => it.gen === gen && it.dispatch === dispatch);
    if (live) this.report('few sends', id, `the sweeper brought on what still had a message: ${event}`);
  }

  /** The variants of the payloads that stood under a job's id. */
  #acceptedBy({ accepted }: JobLog): (number | undefined)[] {
    return [...accepted.values()].map((name) => this.variants.get(name));
  }

  /** An enqueue that resolves stands for its own payload. */
  resolved(enqueue: string, id: string): void {
    const log = this.logs.of(id);
    log.promises.push(enqueue);
    log.enqueues += 1;
    const own = this.variants.get(enqueue);
    if (!this.#acceptedBy(log).includes(own))
      this.report('no rejected payload is executed', id, `${enqueue} resolved with another's payload`);
  }

  /** An enqueue that is refused has looked at the job that stands in its way: that has another payload. */
  refused(enqueue: string, id: string): void {
    const log = this.logs.of(id);
    log.asked += 1;
    if (this.#acceptedBy(log).every((variant) => variant === this.variants.get(enqueue)))
      this.report(
        'no rejected payload is executed',
        id,
        `${enqueue} was refused for a payload that is its own`,
      );
  }

  /** A redrive with a patch resolved. */
  patched(id: string, patch: PlannedPatch): void {
    if (isGone(this.logs.of(id).void)) return;
    this.patches.redriven(patch, (what) => this.report('no rejected payload is executed', id, what));
  }

  /** A schedule sends what was recorded before the schedule was made. */
  sentBySchedule(body: string): void {
    const envelope = envelopeIn(body);
    if (!envelope) return;
    this.sent(envelope, 'Scheduler');
    this.#takenBack(envelope);
  }

  /** What was cancelled while its schedule had long to go has none left to fire, where nothing went wrong. */
  #takenBack({ id, dispatch, runAt }: Envelope): void {
    const { faults, redeliveries, void: lost } = this.logs.of(id);
    const { status, endedAt } = this.#store.state(id) ?? {};
    if (faults + redeliveries > 0 || lost !== undefined || status !== 'cancelled') return;
    // The change before its own in the stream may be late.
    if (this.#inOutbox(id)) return;
    // Nobody's clock is off by as much.
    if (runAt - (endedAt ?? runAt) > LIMITS.sqsDelay)
      this.report('schedules are taken back', id, `the schedule of dispatch ${dispatch} fires`);
  }

  sent({ id, gen, dispatch }: Envelope, by: string): void {
    const log = this.logs.of(id);
    log.sends += 1;
    const recorded = log.recorded.get(gen);
    if (recorded === undefined || recorded < dispatch) {
      this.report('recorded before sent', id, `${by} sent ${dispatch}, recorded is ${recorded ?? 'nothing'}`);
    }
  }

  called(ids: readonly string[]): void {
    for (const id of ids) this.logs.of(id).calls += 1;
  }

  delivered(_queue: Queue, messages: readonly Message[]): void {
    for (const { envelope, receives } of messages) {
      if (!envelope) continue;
      const log = this.logs.of(envelope.id);
      log.deliveries += 1;
      if (receives > 1) log.redeliveries += 1;
    }
  }

  begins(by: Process, ids: readonly string[]): void {
    for (const log of ids.map((id) => this.logs.of(id))) log.strainAtStart.set(by, log.strain);
    // What Lambda gave up goes on in a later invocation, and its worker can do nothing about it.
    if (by.impaired) return;
    const runs = ({ by: process, returned }: Execution) => process === by && returned === undefined;
    const stuck = this.logs.all().find(({ running }) => running.some(runs));
    if (stuck)
      this.report('one lease at a time', stuck.id, `${by.name} is invoked while its handler still runs`);
  }

  /** Its answer is on its way: nothing of the invocation goes on behind it. */
  answers(by: Process): void {
    for (const { id } of heldOn(by, { logs: this.logs.all(), store: this.#store }))
      this.report('leases are lost for a reason', id, `${by.name} answers, and has not settled it`);
  }

  /** The stream gives the function behind it these jobs' changes again: a change beside them failed. */
  streamedAgain(ids: readonly string[]): void {
    for (const id of ids) this.logs.of(id).redeliveries += 1;
  }

  /** Somebody or something has to stand behind a job that has not ended, once a message of it is gone. */
  acknowledged(queue: Queue, { id: messageId, envelope, body }: Message): void {
    if (!envelope) {
      if (isTick(body)) return;
      const filed = this.#store.get(`quarantine#${messageId}|message`);
      if (!filed)
        this.report(
          'acknowledgements are justified',
          undefined,
          `${messageId} of ${queue.name} was not filed`,
        );
      return;
    }
    const { id, gen } = envelope;
    const record = this.#store.state(id);
    if (!record || record.gen !== gen || isEnded(record.status) || record.status === 'blocked') return;
    if (this.logs.of(id).void || this.#isBacked(record)) return;
    const what = `dispatch ${envelope.dispatch} is acknowledged, the job is ${record.status} at dispatch ${record.dispatch}, and nothing brings it back`;
    this.report('acknowledgements are justified', id, what);
  }

  #isBacked({ id, gen, dispatch, status, holder, out }: JobRecord): boolean {
    if (out === dispatch && this.#inOutbox(id)) return true;
    return this.#carriersOf(id).some((envelope) => {
      if (envelope.gen !== gen) return false;
      if (envelope.dispatch === dispatch) return true;
      return isWaiting(status) && envelope.nonce === holder && envelope.dispatch === dispatch - 1;
    });
  }

  /** What messages and one-time schedules carry of the job. */
  #carriersOf(id: string): Envelope[] {
    const messages = this.#queues.flatMap((queue) => [...queue.messages.values()]);
    const schedules = this.#scheduler.all().filter(({ jobs }) => jobs.includes(id));
    const carried = [
      ...messages.map(({ envelope }) => envelope),
      ...schedules.map(({ input }) => envelopeIn(input.MessageBody)),
    ];
    return carried.filter((envelope) => envelope?.id === id) as Envelope[];
  }

  started(by: Process, { id, attempt, signal }: JobContext, payload: Payload): Execution {
    const log = this.logs.of(id);
    const record = this.#store.state(id);
    log.executions += 1;
    const execution: Execution = {
      ...{ id, by, payload, number: log.executions, returned: undefined, ignoring: false },
      // Its process may have stood still since it took the lease.
      freezes: log.lease?.by === by ? log.lease.freezes : by.freezes,
      dispossessed: false,
    };
    if (log.lease?.by === by) log.lease.executed = true;
    this.#signals.began(execution, log, signal);
    this.#world.tell(by.name, () => `executes attempt ${attempt} (execution ${log.executions})`, [id]);
    if (!ownsNothing(log)) this.#mayStart(log, record, execution);
    log.running = log.running.filter((other) => other.returned === undefined && other.by.alive);
    for (const other of log.running) {
      if (isSound(other) && isSound(execution) && agree(other.by, by))
        this.report('one lease at a time', id, 'two executions at once');
      else other.dispossessed = true;
    }
    log.running.push(execution);
    return execution;
  }

  #mayStart(log: JobLog, record: JobRecord | undefined, execution: Execution): void {
    const { by, payload } = execution;
    const { lease, id } = log;
    const mine = lease?.by === by && record?.status === 'running' && record.token === lease.token;
    // A lease is worth as much as the clocks that measure it, and whoever ended it by another: see docs/guarantees.
    const clocks = [lease?.by, log.changedBy].filter((other) => other !== undefined);
    if (clocks.some((other) => !agree(other, by))) return;
    if (!record || !lease || !mine) {
      this.report(
        'no execution after the end',
        id,
        `${by.name} executes; the record is ${record?.status ?? 'gone'}, the lease ${lease?.by.name ?? 'nobody'}'s`,
      );
      return;
    }
    lease.execution = execution;
    if (record.deadline !== undefined && record.deadline <= by.clock.now()) {
      const late = by.clock.now() - record.deadline;
      this.report('no execution after the deadline', id, `${by.name} executes ${late} ms after it`);
    }
    this.patches.executed(record, payload, (what) =>
      this.report('no rejected payload is executed', id, what),
    );
    const expected = this.variants.get(log.accepted.get(record.gen) ?? '');
    if (expected !== undefined && expected !== payload.variant) {
      this.report('no rejected payload is executed', id, `variant ${payload.variant} instead of ${expected}`);
    }
  }

  ended(execution: Execution): void {
    const { id, by, returned } = execution;
    this.#world.tell(by.name, () => `the handler ends: ${returned}`, [id]);
    const log = this.logs.of(id);
    log.looks += this.#signals.beats(execution);
    const late = this.#signals.late(execution, log);
    if (late > 0)
      this.report(
        'no execution after the end',
        id,
        `no signal ${late} ms after a cancel should have come to it`,
      );
  }

  /** Whoever shared the process of a job that ran out of memory was taken along: once is what the batch costs. */
  outOfMemory(by: Process, culprit: string): void {
    for (const log of this.logs.all()) {
      const { lease } = log;
      if (log.id === culprit || lease?.by !== by || lease.ended !== undefined) continue;
      if (this.#store.state(log.id)?.token !== lease.token) continue;
      log.takenAlong += 1;
      if (log.takenAlong > 1 && !by.impaired) {
        this.report(
          'a poison job takes a neighbour along once',
          log.id,
          `${log.takenAlong} times, last by ${this.#world.names.of(culprit)}`,
        );
      }
    }
  }
}

/** Whether a fault takes the record itself, and with it the history that the checks go by. */
export function isGone(kind: FaultKind | undefined): boolean {
  return kind === 'record deleted' || kind === 'table restored';
}

/** Faults that take the record itself void what is checked against it. */
function ownsNothing(log: JobLog): boolean {
  return isGone(log.void);
}

/** A fault of a send may leave a message that its sender takes for unsent, and sends again. */
function copiesSend({ kind, name }: FiredFault): boolean {
  return kind === 'schedule fired twice' || kind === 'double send' || name.includes('SendMessage');
}

function describe(event: string, before: JobRecord | undefined, after: JobRecord): string {
  const parts = [`${event}: ${before?.status ?? 'none'} → ${after.status}`, `dispatch ${after.dispatch}`];
  if (after.out !== undefined) parts.push(`out ${after.out}`);
  if (after.attempts > 0) parts.push(`attempts ${after.attempts}`);
  if (after.unsettled > 0) parts.push(`unsettled ${after.unsettled}`);
  if (after.hops) parts.push(`hops ${after.hops}`);
  if (after.token !== undefined) parts.push(`token ${after.token}`);
  if (after.holder !== undefined) parts.push(`holder ${after.holder}`);
  if (after.cancelRequested) parts.push('cancel requested');
  return parts.join(', ');
}
