import type { FaultKind } from '../world/fault-kinds.ts';
import type { World } from '../world/world.ts';
import { envelopeIn, type Queue } from './queue.ts';

/** What the universal target `aws-sdk:sqs:sendMessage` is given. */
export interface Input {
  readonly QueueUrl: string;
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
}

/** A one-time schedule that stands. */
export interface Standing {
  readonly name: string;
  readonly at: number;
  readonly input: Input;
  /** The jobs that it is about: one, where it is ours. */
  readonly jobs: readonly string[];
  /** Somebody deleted it, and it is not gone yet. */
  deleted: boolean;
}

export interface SchedulerOptions {
  readonly world: World;
  readonly queues: readonly Queue[];
  /** Gets what could not be sent. */
  readonly deadLetters: Queue;
  /** Hears of every message that it sends. */
  readonly sent: (body: string) => void;
  /** Hears of what it lost. */
  readonly lost: (kind: FaultKind, jobs: readonly string[]) => void;
}

const FAULTS = [
  'schedule early',
  'schedule late',
  'schedule fired twice',
  'schedule unsent',
  'schedule dropped',
] as const;

/** EventBridge Scheduler promises a minute's precision (User Guide, "Schedule types"). */
const PRECISION = 60_000;
/** It tries for a day, as we ask it to. */
export const EVENT_AGE = 86_400_000;

/** EventBridge Scheduler's one-time schedules in virtual time: each sends its message at its time, and is gone. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #schedules = new Map<string, Standing>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  of(name: string): Standing | undefined {
    return this.#schedules.get(name);
  }

  all(): Standing[] {
    return [...this.#schedules.values()];
  }

  /** False: one of this name is there. */
  create({ name, at, input }: Pick<Standing, 'name' | 'at' | 'input'>): boolean {
    if (this.#schedules.has(name)) return false;
    const { world } = this.#options;
    const { draws, faults, names } = world;
    const envelope = envelopeIn(input.MessageBody);
    const jobs = envelope ? [envelope.id] : [];
    const schedule: Standing = { name, at, input, jobs, deleted: false };
    this.#schedules.set(name, schedule);
    const point = faults.point(`schedule ${names.label(jobs)} dispatch ${envelope?.dispatch}`);
    const fault = faults.strike(point, FAULTS, jobs);
    if (fault) world.tell('Scheduler', () => `⚡ ${fault}, when it is due`, jobs);
    const early = fault === 'schedule early' ? draws.between(`early ${point}`, 1, PRECISION) : 0;
    const late = fault === 'schedule late' ? draws.spread(`late ${point}`, 1_000, EVENT_AGE) : 0;
    const moment = draws.between(`moment ${point}`, 0, 2_000);
    world.after(at - early + late + moment - world.now, () => this.#fire(schedule, point, fault));
    return true;
  }

  /** A deletion that is pending may come too late for what is about to fire. */
  delete(name: string, pending: number): boolean {
    const schedule = this.#schedules.get(name);
    if (!schedule || schedule.deleted) return false;
    schedule.deleted = true;
    if (pending === 0) this.#schedules.delete(name);
    else this.#options.world.after(pending, () => this.#remove(schedule));
    return true;
  }

  #fire(schedule: Standing, point: string, fault: (typeof FAULTS)[number] | undefined): void {
    if (this.#schedules.get(schedule.name) !== schedule) return;
    this.#remove(schedule);
    const { world, deadLetters, lost } = this.#options;
    if (fault !== undefined) world.faults.took(fault);
    const { jobs, input } = schedule;
    if (fault === 'schedule dropped') {
      world.tell('Scheduler', () => '⚡ drops the schedule', jobs);
      lost(fault, jobs);
      return;
    }
    if (fault === 'schedule unsent') {
      world.tell('Scheduler', () => '⚡ gives the message up: dead-letter queue', jobs);
      deadLetters.send({ body: JSON.stringify(input), delay: 0, now: world.now });
      return;
    }
    this.#send(schedule);
    if (fault !== 'schedule fired twice') return;
    world.after(world.draws.spread(`twice ${point}`, 1, PRECISION), () => this.#send(schedule));
  }

  #send({ input, jobs }: Standing): void {
    const { world, queues, sent } = this.#options;
    const { QueueUrl, MessageBody, MessageGroupId } = input;
    const queue = queues.find(({ url }) => url === QueueUrl);
    if (!queue) throw new Error(`a schedule sends to ${QueueUrl}, which is no queue`);
    const { id } = queue.send({ body: MessageBody, group: MessageGroupId, delay: 0, now: world.now });
    world.tell('Scheduler', () => `sends ${id} to ${queue.name}`, jobs);
    sent(MessageBody);
  }

  #remove(schedule: Standing): void {
    if (this.#schedules.get(schedule.name) === schedule) this.#schedules.delete(schedule.name);
  }
}
