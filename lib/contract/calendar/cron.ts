import { InvalidOptionError } from '../input-errors.ts';
import type { Body } from './body.ts';
import { dayOfMonth, dayOfWeek, type FieldRule, field, HOURS, MINUTES, MONTHS, YEARS } from './cron-field.ts';

/** `cron(minutes hours day-of-month month day-of-week year)`: by the calendar of a time zone. */
export interface CronExpression {
  readonly kind: 'cron';
  readonly text: string;
  /** The same as croner writes it: seconds first, Sunday is 0, '*' for '?', every step with its range. */
  readonly pattern: string;
}

const FIELDS = 6;

/**
 * AWS: "Schedule types in EventBridge Scheduler", cron-based schedules: the fields, their values and wildcards; one of
 * day-of-month and day-of-week is '?', and only one.
 */
export function parseCron({ text, inner, option }: Body): CronExpression {
  const fields = inner.trim().split(/\s+/);
  if (fields.length !== FIELDS) {
    const count = fields.length === FIELDS - 1 ? "append the year, '*' for every year" : undefined;
    throw new InvalidOptionError({
      option,
      got: `'${text}', with ${fields.length} fields`,
      expected: 'six fields with spaces between them: minutes hours day-of-month month day-of-week year',
      fix: count,
    });
  }
  const [minutes, hours, day, month, weekday, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const read = (rule: FieldRule, value: string) => field(rule, value, { text, option });
  if ((day === '?') === (weekday === '?')) {
    throw new InvalidOptionError({
      option,
      got: `'${text}', with day-of-month '${day}' and day-of-week '${weekday}'`,
      expected: "'?' in exactly one of day-of-month and day-of-week",
      fix: day === '?' ? "write '*' for day-of-month" : "write '?' in the one that shall not count",
    });
  }
  const pattern = [
    '0',
    read(MINUTES, minutes),
    read(HOURS, hours),
    dayOfMonth(day, { text, option }),
    read(MONTHS, month),
    dayOfWeek(weekday, { text, option }),
    read(YEARS, year),
  ].join(' ');
  return { kind: 'cron', text, pattern };
}
