import { IdempotencyConflictError, MillraceClient } from '../../../lib/client/index.ts';
import { LIMITS, MillraceError } from '../../../lib/contract/index.ts';
import type { AwsClients } from '../aws/clients.ts';
import type { Checks } from '../check/checks.ts';
import type { Draws } from '../world/draws.ts';
import { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { catalog, oldCatalog } from './catalog.ts';
import { type PlannedPatch, patchOf } from './patches.ts';
import type { PlannedEnqueue } from './plan.ts';

export interface ApplicationDeps {
  readonly world: World;
  readonly checks: Checks;
  readonly tableName: string;
  readonly queues: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly awsFor: (process: Process) => AwsClients;
  /** Hears when a job turns out to be somebody's promise. */
  readonly unexpected: (what: string, ids: readonly string[]) => void;
}

interface Running {
  readonly process: Process;
  readonly client: MillraceClient<typeof catalog>;
}

/** Whether somebody redrives a job, should it die, in the very seconds in which TTL deletes it. */
export function racesTtl(draws: Draws, name: string): boolean {
  return draws.happens(`ttl race of ${name}`, 0.08);
}

/** Times that a caller tries an enqueue with a key again. */
const TRIES = 6;

/** The application: processes that enqueue what is planned, try again where it is safe, and die now and then. */
export class Application {
  readonly #deps: ApplicationDeps;
  readonly #running = new Map<string, Running>();
  readonly #known = new Set<string>();
  /** An enqueue with a key that each job stands for. */
  readonly #keyed = new Map<string, PlannedEnqueue>();
  #started = 0;

  constructor(deps: ApplicationDeps) {
    this.#deps = deps;
  }

  plan(enqueues: readonly PlannedEnqueue[]): void {
    const calls = new Map<string, PlannedEnqueue[]>();
    for (const each of enqueues) {
      const call = each.together ?? each.name;
      calls.set(call, [...(calls.get(call) ?? []), each]);
    }
    for (const group of calls.values()) {
      const at = Math.max(...group.map((each) => each.at));
      this.#deps.world.after(at, () => this.#enqueue(group, 1));
    }
  }

  /** An operator's client, or one of the application's. */
  client(name: string): Running {
    const running = this.#running.get(name);
    if (running?.process.alive && !running.process.frozen) return running;
    const { world, tableName, queues, awsFor } = this.#deps;
    this.#started += 1;
    const process = new Process(world, { name: `${name}#${this.#started}`, role: name });
    const { clock, chance } = process;
    const old = world.faults.strike(`build of ${process.name}`, ['old build']) !== undefined;
    const known = old ? oldCatalog : catalog;
    const client = new MillraceClient({
      catalog: known,
      tableName,
      queues,
      clock,
      chance,
      ...awsFor(process),
    });
    const started = { process, client };
    this.#running.set(name, started);
    return started;
  }

  /** Makes the calls again that the jobs came from. */
  enqueueAgain(each: PlannedEnqueue): void {
    this.#enqueue([each], 1);
  }

  #enqueue(group: readonly PlannedEnqueue[], attempt: number): void {
    const [first] = group;
    if (!first) return;
    const { process, client } = this.client(`client ${(first.client + attempt) % 3}`);
    const entries = group.map((each) => ({
      job: each.type,
      payload: each.payload as never,
      options: {
        ...{ delay: each.delay, correlationId: each.name, idempotencyKey: each.key },
        ...{ tenant: each.tenant, priority: each.priority },
        deadline: each.deadline === undefined ? undefined : (`${each.deadline}ms` as const),
      },
    }));
    process.deliver(() => {
      const { world } = this.#deps;
      world.tell(
        process.name,
        () => `enqueues ${group.map(({ name }) => name).join(', ')}`,
        group.map(({ name }) => name),
      );
      const [only] = entries;
      if (entries.length === 1 && only) {
        client.enqueue(only.job, only.payload, only.options).then(
          ({ id }) => this.#resolved(first, id),
          (error: Error) => this.#rejected([{ each: first, error }], attempt),
        );
        return;
      }
      client.enqueueMany(entries).then((results) => {
        const failed = results.flatMap((result, i) => {
          const each = group[i] as PlannedEnqueue;
          if (result.ok) this.#resolved(each, result.job.id);
          return result.ok ? [] : [{ each, error: result.error }];
        });
        this.#rejected(failed, attempt);
      });
    });
  }

  #resolved(each: PlannedEnqueue, id: string): void {
    const { world, checks } = this.#deps;
    world.tell(each.name, () => `the enqueue resolves: ${id}`, [id]);
    world.names.give(id, each.name);
    checks.resolved(each.name, id);
    if (each.key !== undefined) this.#keyed.set(id, each);
    this.operate(id, { name: each.name, often: 1, delay: each.delay });
  }

  #rejected(failed: readonly { each: PlannedEnqueue; error: Error }[], attempt: number): void {
    const { world, checks, unexpected } = this.#deps;
    const again: PlannedEnqueue[] = [];
    for (const { each, error } of failed) {
      world.tell(each.name, () => `the enqueue fails: ${error.name}: ${error.message.slice(0, 100)}`, [
        each.name,
      ]);
      const conflict = error instanceof IdempotencyConflictError && each.key !== undefined;
      if (conflict) checks.refused(each.name, String(error.context['id']));
      const unknown = error.name === 'UnknownJobError';
      if (!(error instanceof MillraceError)) unexpected(`enqueue threw ${error.stack}`, []);
      else if (!error.retryable && !conflict && !unknown)
        unexpected(`enqueue refused ${each.name}: ${error.message}`, []);
      if (error instanceof MillraceError && error.retryable && each.key !== undefined) again.push(each);
    }
    if (again.length === 0 || attempt >= TRIES) return;
    const pause = world.draws.spread(`try ${again[0]?.name} again ${attempt}`, 10, 60_000);
    world.after(pause, () => this.#enqueue(again, attempt + 1));
  }

  /** Somebody cancels or redrives some of the jobs, at any time of their lives; of some kinds of job more `often`. */
  operate(
    id: string,
    { name, often, delay = 0 }: { readonly name: string; readonly often: number; readonly delay?: number },
  ): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    const { draws } = this.#deps.world;
    if (draws.happens(`cancel ${name}`, 0.08 * often)) {
      const after = draws.spread(`cancel ${name} after`, 1, 3_600_000);
      this.#do('cancel', id, { after });
      if (draws.happens(`redrive ${name}, cancelled`, 0.3)) {
        const later = draws.spread(`redrive ${name}, cancelled, after`, 1_000, 3_600_000);
        this.#do('redrive', id, { after: after + later });
      }
    }
    if (delay > LIMITS.sqsDelay && draws.happens(`cancel ${name} as it fires`, 0.2))
      this.#do('cancel', id, { after: delay + draws.between(`cancel ${name} at`, -5_000, 5_000) });
    if (draws.happens(`redrive ${name} blindly`, 0.05 * often)) {
      const patch = patchOf(draws, `blind redrive of ${name}`);
      const after = draws.spread(`redrive ${name} after`, 1_000, 3_600_000);
      this.#do('redrive', id, { after, patch });
    }
  }

  /** A dead or expired job may be redriven at once, later, or just as TTL deletes it. */
  died(id: string, expiresAt: number): void {
    const { world, checks } = this.#deps;
    const { logs } = checks;
    const { draws, names } = world;
    const which = `${names.of(id)}, era ${logs.of(id).redrives}`;
    const race = racesTtl(draws, names.of(id));
    if (logs.of(id).redrives >= 2 || !(race || draws.happens(`redrive ${which}`, 0.4))) return;
    const late = expiresAt * 1000 - world.now + draws.between(`late ${which}`, -2_000, 2_000);
    const soon = draws.spread(`soon ${which}`, 1, 3_600_000);
    const patch = patchOf(draws, `redrive of ${which}`);
    this.#do('redrive', id, { after: race ? late : soon, patch });
  }

  #do(
    verb: 'cancel' | 'redrive',
    id: string,
    { after, patch }: { readonly after: number; readonly patch?: PlannedPatch | undefined },
  ): void {
    const { world, checks, unexpected } = this.#deps;
    world.after(after, () => {
      const { process, client } = this.client('operator');
      // A patch is made of the payload as it stands.
      checks.logs.of(id).operations += patch ? 4 : 3;
      if (patch) checks.patches.asked(id, patch);
      process.deliver(() => {
        world.tell(process.name, () => `asks to ${verb}${patch ? `, patched ${patch.mark}` : ''}`, [id]);
        client[verb]([id], { by: 'operator', why: 'the plan', patch: patch?.patch }).then(
          ([result]) => {
            world.tell(process.name, () => `${verb}: ${result?.ok ? 'done' : result?.error.name}`, [id]);
            if (result?.ok && patch) this.#patched(id, patch);
          },
          (error: Error) => unexpected(`${verb} threw ${error.stack}`, [id]),
        );
      });
    });
  }

  /** The producer knows of no patch: its key still stands for the payload that it sent. */
  #patched(id: string, patch: PlannedPatch): void {
    const { world, checks } = this.#deps;
    checks.patched(id, patch);
    const each = this.#keyed.get(id);
    if (!each || !world.draws.happens(`enqueued again, patched ${patch.mark}`, 0.5)) return;
    const after = world.draws.spread(`when enqueued again, patched ${patch.mark}`, 1, 3_600_000);
    world.after(after, () => this.enqueueAgain(each));
  }
}
