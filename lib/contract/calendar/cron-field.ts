import { InvalidOptionError } from '../input-errors.ts';

/** What one field of a cron expression may hold. */
export interface FieldRule {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for values, the first for `min`. */
  readonly names?: readonly string[];
  /** Whether '/' may stand in it. */
  readonly steps: boolean;
  /** The wildcards, for messages. */
  readonly wildcards: string;
}

/** Where a field comes from, for messages. */
interface Source {
  readonly text: string;
  readonly option: string;
}

const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const PLAIN = ', - * /';
export const MINUTES: FieldRule = { name: 'minutes', min: 0, max: 59, steps: true, wildcards: PLAIN };
export const HOURS: FieldRule = { name: 'hours', min: 0, max: 23, steps: true, wildcards: PLAIN };
export const MONTHS: FieldRule = {
  name: 'month',
  min: 1,
  max: 12,
  names: MONTH_NAMES,
  steps: true,
  wildcards: PLAIN,
};
export const YEARS: FieldRule = { name: 'year', min: 1970, max: 2199, steps: true, wildcards: PLAIN };
const DAYS: FieldRule = { name: 'day-of-month', min: 1, max: 31, steps: true, wildcards: ', - * ? / L W' };
const WEEKDAYS: FieldRule = {
  name: 'day-of-week',
  min: 1,
  max: 7,
  names: DAY_NAMES,
  steps: false,
  wildcards: ', - * ? L #',
};

/** One field as a list of croner's ranges. '*' keeps its bounds, so that the year ends where AWS's does. */
export function field(rule: FieldRule, value: string, source: Source): string {
  return value
    .split(',')
    .map((part) => {
      const [, all, from, to, step] =
        /^(?:(\*)|([A-Z]+|\d+)(?:-([A-Z]+|\d+))?)(?:\/(\d+))?$/.exec(part) ?? [];
      const first = all ? rule.min : valueIn(rule, from);
      // A step without an end runs to the end of the field (AWS: 1/10 in minutes is 1, 11, 21 ...).
      const last = all || (step && !to) ? rule.max : to ? valueIn(rule, to) : first;
      const stride = step ? Number(step) : undefined;
      const fits = first !== undefined && last !== undefined && first <= last;
      if (!fits || !strideFits(rule, stride)) throw invalid(rule, value, source);
      const range = first === last ? `${first}` : `${first}-${last}`;
      return stride === undefined || first === last ? range : `${range}/${stride}`;
    })
    .join(',');
}

function strideFits(rule: FieldRule, stride: number | undefined): boolean {
  return stride === undefined || (rule.steps && stride >= 1 && stride <= rule.max - rule.min + 1);
}

function valueIn(rule: FieldRule, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const named = rule.names?.indexOf(text) ?? -1;
  const value = named >= 0 ? named + rule.min : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= rule.min && value <= rule.max ? value : undefined;
}

/** `L` is the month's last day, `15W` the weekday nearest to the 15th (never of another month), `LW` the last weekday. */
export function dayOfMonth(value: string, source: Source): string {
  if (value === '?' || value === '*') return '*';
  if (value === 'L' || value === 'LW') return value;
  const nearest = /^(\d{1,2})W$/.exec(value);
  if (!nearest) return field(DAYS, value, source);
  const day = valueIn(DAYS, nearest[1]);
  if (day === undefined) throw invalid(DAYS, value, source);
  return `${day}W`;
}

/** `L` is Saturday, the week's last day; `6L` the month's last Friday; `6#2` its second. croner counts Sunday as 0. */
export function dayOfWeek(value: string, source: Source): string {
  if (value === '?' || value === '*') return '*';
  if (value === 'L') return '6';
  const [, day, last, nth] = /^([A-Z]{3}|[1-7])(?:(L)|#([1-5]))$/.exec(value) ?? [];
  if (day === undefined)
    return field(WEEKDAYS, value, source).replace(/\d/g, (digit) => `${Number(digit) - 1}`);
  const index = valueIn(WEEKDAYS, day);
  if (index === undefined) throw invalid(WEEKDAYS, value, source);
  return last ? `${index - 1}#L` : `${index - 1}#${nth}`;
}

function invalid(rule: FieldRule, value: string, { text, option }: Source): InvalidOptionError {
  const { name, min, max, names, wildcards } = rule;
  const named = names ? ` or ${names[0]}-${names.at(-1)}` : '';
  const alone = name.startsWith('day') ? ' (? L W # alone, not in a list)' : '';
  return new InvalidOptionError({
    option,
    got: `'${text}', with ${name} '${value}'`,
    expected: `${name} of ${min}-${max}${named} with the wildcards ${wildcards}${alone}; ranges from low to high`,
    context: { field: name },
  });
}
