import type { World } from '../world/world.ts';
import { type Answer, type Call, errorAnswer, type Service } from './call.ts';
import type { Input, Scheduler } from './scheduler.ts';

/** EventBridge Scheduler as the SDK calls it. */
export class SchedulerService implements Service {
  readonly #world: World;
  readonly #scheduler: Scheduler;

  constructor({ world, scheduler }: { world: World; scheduler: Scheduler }) {
    this.#world = world;
    this.#scheduler = scheduler;
  }

  items(): number {
    return 0;
  }

  throttled(): Answer {
    return errorAnswer('ThrottlingException', 'Rate exceeded');
  }

  apply(call: Call): Answer {
    switch (call.operation) {
      case 'CreateSchedule':
        return this.#create(call);
      case 'DeleteSchedule':
        return this.#delete(call);
      default:
        throw new Error(`The simulated Scheduler does not know ${call.operation}: teach it`);
    }
  }

  #create({ input, jobs, by }: Call): Answer {
    const { faults, names } = this.#world;
    const name = String(input['Name']);
    const conflict = errorAnswer('ConflictException', `Schedule ${name} already exists.`);
    const point = faults.point(`create the schedule of ${names.label(jobs)}`);
    if (faults.strike(point, ['over quota'], jobs))
      return errorAnswer('ServiceQuotaExceededException', 'The number of schedules is at its quota.');
    const made = this.#scheduler.create({ name, at: timeIn(input), input: inputOf(input) });
    this.#world.tell(by.name, () => (made ? 'makes a one-time schedule' : 'finds its schedule there'), jobs);
    if (!made) return conflict;
    // Another call of the same name was faster, and is forgotten.
    return faults.strike(`${point}, made`, ['schedule conflict'], jobs)
      ? conflict
      : { status: 200, body: '{}' };
  }

  #delete({ input, jobs, by }: Call): Answer {
    const { faults, draws, names } = this.#world;
    const name = String(input['Name']);
    const point = faults.point(`delete the schedule of ${names.label(jobs)}`);
    const pending = faults.strike(point, ['deletion pending'], jobs);
    const wait = pending ? draws.spread(`${pending} ${point}`, 1_000, 120_000) : 0;
    const found = this.#scheduler.delete(name, wait);
    if (found && pending) faults.took(pending);
    this.#world.tell(
      by.name,
      () => (found ? 'deletes the one-time schedule' : 'finds no schedule to delete'),
      jobs,
    );
    if (!found) return errorAnswer('ResourceNotFoundException', `Schedule ${name} does not exist.`);
    return { status: 200, body: '{}' };
  }
}

/** What a schedule is to send. */
export function inputOf(input: Call['input']): Input {
  return JSON.parse(String((input['Target'] as { Input: string }).Input)) as Input;
}

function timeIn(input: Call['input']): number {
  const [, time] = /^at\((.*)\)$/.exec(String(input['ScheduleExpression'])) ?? [];
  const at = Date.parse(`${time}Z`);
  if (Number.isNaN(at)) throw new Error(`no time: ${input['ScheduleExpression']}`);
  return at;
}
