import { eachFiring } from '../../contract/calendar/index.ts';
import { type DeliveryDeps, deliver } from './delivery.ts';
import type { Schedule } from './schedule.ts';

/** Where a schedule stands: what is left of its calendar, and how many of its occurrences are not done with. */
interface Course {
  readonly schedule: Schedule;
  readonly times: Iterator<Date>;
  callOff: () => void;
  pending: number;
  over: boolean;
}

export interface FiringDeps extends DeliveryDeps {
  /** Told when a schedule has no occurrence left and its last one is done with. */
  readonly onCompleted: (schedule: Schedule) => void;
}

/** Follows schedules through their calendars and has each occurrence delivered. */
export class Firing {
  readonly #deps: FiringDeps;
  readonly #courses = new Map<string, Course>();

  constructor(deps: FiringDeps) {
    this.#deps = deps;
  }

  /** Begins with a schedule, or begins anew with a changed one. What it has fired before is delivered all the same. */
  follow(schedule: Schedule): void {
    this.forget(schedule.arn);
    if (schedule.settings.State === 'DISABLED') return;
    const times = timesOf(schedule)[Symbol.iterator]();
    const course: Course = { schedule, times, callOff: () => undefined, pending: 0, over: false };
    this.#courses.set(schedule.arn, course);
    this.#plan(course);
  }

  forget(arn: string): void {
    this.#courses.get(arn)?.callOff();
    this.#courses.delete(arn);
  }

  #plan(course: Course): void {
    const { value, done } = course.times.next();
    if (done) {
      course.over = true;
      this.#completeIfDone(course);
      return;
    }
    const scheduledAt = value.getTime();
    const at = scheduledAt + this.#withinWindow(course.schedule);
    course.callOff = this.#deps.agenda.at(at, async () => {
      course.pending += 1;
      const occurrence = { schedule: course.schedule, scheduledAt };
      const ended = () => {
        course.pending -= 1;
        this.#completeIfDone(course);
      };
      // Before the delivery: what comes next does not wait for a target.
      this.#plan(course);
      await deliver(this.#deps, { occurrence, attempt: { number: 1, since: at, at }, ended });
    });
  }

  /** AWS: "Configuring flexible time windows": invoked at some moment within the window after the scheduled time. */
  #withinWindow({ settings: { FlexibleTimeWindow: window } }: Schedule): number {
    const minutes = window.MaximumWindowInMinutes ?? 0;
    return Math.floor(this.#deps.chance.random() * minutes * 60_000);
  }

  #completeIfDone(course: Course): void {
    if (!course.over || course.pending > 0 || this.#courses.get(course.schedule.arn) !== course) return;
    this.#courses.delete(course.schedule.arn);
    this.#deps.onCompleted(course.schedule);
  }
}

/** From its last change on. A rate without a StartDate is counted from the schedule's creation, and fires then. */
function timesOf({ settings, expression, createdAt, modifiedAt }: Schedule): Iterable<Date> {
  const { ScheduleExpressionTimezone: timeZone, StartDate: start, EndDate: end } = settings;
  const toSecond = (ms: number) => new Date(Math.floor(ms / 1000) * 1000);
  const rate = expression.kind === 'rate';
  return eachFiring(expression, {
    timeZone,
    from: rate ? toSecond(modifiedAt) : new Date(modifiedAt),
    ...(start !== undefined ? { startAt: new Date(start * 1000) } : rate && { startAt: toSecond(createdAt) }),
    ...(end !== undefined && { endAt: new Date(end * 1000) }),
  });
}
