import type { Schedule, ScheduleGroup } from './schedule.ts';
import { invalid, notFound } from './service-error.ts';

export const DEFAULT_GROUP = 'default';

/** Groups and schedules by name. */
export class Store {
  readonly #groups = new Map<string, ScheduleGroup>();
  readonly #schedules = new Map<string, Schedule>();
  readonly #prefix: string;

  constructor({ region, account, now }: { region: string; account: string; now: number }) {
    this.#prefix = `arn:aws:scheduler:${region}:${account}`;
    this.putGroup({ arn: this.groupArn(DEFAULT_GROUP), name: DEFAULT_GROUP, createdAt: now, tags: [] });
  }

  groupArn(name: string): string {
    return `${this.#prefix}:schedule-group/${name}`;
  }

  scheduleArn(group: string, name: string): string {
    return `${this.#prefix}:schedule/${group}/${name}`;
  }

  findGroup(name: string): ScheduleGroup | undefined {
    return this.#groups.get(name);
  }

  /** @throws ServiceError, a ResourceNotFoundException */
  group(name: string): ScheduleGroup {
    const found = this.#groups.get(name);
    if (!found) throw notFound(`Schedule group ${name} does not exist.`);
    return found;
  }

  groups(): ScheduleGroup[] {
    return sorted([...this.#groups.values()]);
  }

  putGroup(group: ScheduleGroup): void {
    this.#groups.set(group.name, group);
  }

  /** The group and its schedules, which are returned. */
  deleteGroup(name: string): Schedule[] {
    if (name === DEFAULT_GROUP) throw invalid('The default schedule group cannot be deleted.');
    this.group(name);
    this.#groups.delete(name);
    const members = this.schedules().filter(({ group }) => group === name);
    for (const { arn } of members) this.#schedules.delete(arn);
    return members;
  }

  findSchedule(group: string, name: string): Schedule | undefined {
    return this.#schedules.get(this.scheduleArn(group, name));
  }

  /** @throws ServiceError, a ResourceNotFoundException */
  schedule(group: string, name: string): Schedule {
    const found = this.findSchedule(group, name);
    if (!found) throw notFound(`Schedule ${name} does not exist.`);
    return found;
  }

  schedules(): Schedule[] {
    return sorted([...this.#schedules.values()]);
  }

  putSchedule(schedule: Schedule): void {
    this.#schedules.set(schedule.arn, schedule);
  }

  deleteSchedule(arn: string): void {
    this.#schedules.delete(arn);
  }
}

/** By ARN, so that a page's end says where the next begins. */
function sorted<T extends { readonly arn: string }>(items: T[]): T[] {
  return items.sort((a, b) => (a.arn < b.arn ? -1 : 1));
}
