import type { Chance } from '../../../lib/contract/index.ts';

/** One part of a field: what it means, and how AWS and cron-parser write it. */
interface Part {
  readonly values: readonly number[];
  readonly text: string;
  /** For cron-parser, which refuses a value that two parts of a list have. */
  readonly parser: string;
}

/** A cron expression as a model of its own, so that no side of the comparison reads what another has translated. */
export interface RandomCron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly years: readonly number[];
  readonly day: DayRule;
  /** `cron(...)`, as AWS writes it. */
  readonly aws: string;
  /** The same for cron-parser; absent where it has no such feature: years, W, LW. */
  readonly parser?: string;
}

/** Which days of a month, by their number or by their weekday (Sunday is 1). */
export type DayRule =
  | { readonly by: 'every' }
  | { readonly by: 'day'; readonly values: readonly number[] }
  | { readonly by: 'last' | 'last-weekday' }
  | { readonly by: 'nearest'; readonly day: number }
  | { readonly by: 'weekday'; readonly values: readonly number[] }
  | { readonly by: 'nth'; readonly weekday: number; readonly nth: number }
  | { readonly by: 'last-of'; readonly weekday: number };

interface Range {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: Range = { min: 0, max: 59 };
const HOUR: Range = { min: 0, max: 23 };
const MONTH: Range = {
  min: 1,
  max: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const YEAR: Range = { min: 1970, max: 2199 };
const DAY: Range = { min: 1, max: 31 };
const WEEKDAY: Range = { min: 1, max: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] };

/** A random expression in all the forms that AWS documents. */
export function randomCron(chance: Chance): RandomCron {
  const pick = picker(chance);
  const minutes = field(pick, MINUTE, 0.15);
  const hours = field(pick, HOUR, 0.3);
  const months = field(pick, MONTH, 0.6);
  const days = dayRule(pick);
  const around = { min: 2015, max: 2040 };
  const years: Part = pick.chance(0.85)
    ? { values: span(YEAR.min, YEAR.max), text: '*', parser: '*' }
    : field(pick, around, 0, YEAR);
  const aws = `cron(${minutes.text} ${hours.text} ${days.day} ${months.text} ${days.weekday} ${years.text})`;
  const parser =
    years.text === '*' && days.parser !== undefined
      ? `0 ${minutes.parser} ${hours.parser} ${days.parser.day} ${months.parser} ${days.parser.weekday}`
      : undefined;
  return {
    minutes: minutes.values,
    hours: hours.values,
    months: months.values,
    years: years.values,
    day: days.rule,
    aws,
    ...(parser !== undefined && { parser }),
  };
}

interface Days {
  readonly rule: DayRule;
  readonly day: string;
  readonly weekday: string;
  readonly parser?: { readonly day: string; readonly weekday: string };
}

function dayRule(pick: Picker): Days {
  const weekday = pick.whole(WEEKDAY.min, WEEKDAY.max);
  const name = pick.chance(0.5) ? (WEEKDAY.names?.[weekday - 1] ?? '') : String(weekday);
  switch (pick.whole(0, 9)) {
    case 0:
      return { rule: { by: 'last' }, day: 'L', weekday: '?', parser: { day: 'L', weekday: '*' } };
    case 1:
      return { rule: { by: 'last-weekday' }, day: 'LW', weekday: '?' };
    case 2: {
      const day = pick.whole(DAY.min, DAY.max);
      return { rule: { by: 'nearest', day }, day: `${day}W`, weekday: '?' };
    }
    case 3: {
      const nth = pick.whole(1, 5);
      const parser = { day: '*', weekday: `${weekday - 1}#${nth}` };
      return { rule: { by: 'nth', weekday, nth }, day: '?', weekday: `${name}#${nth}`, parser };
    }
    case 4: {
      const parser = { day: '*', weekday: `${weekday - 1}L` };
      return { rule: { by: 'last-of', weekday }, day: '?', weekday: `${name}L`, parser };
    }
    case 5:
      return {
        rule: { by: 'weekday', values: [7] },
        day: '?',
        weekday: 'L',
        parser: { day: '*', weekday: '6' },
      };
    case 6:
    case 7: {
      const { values, text } = field(pick, WEEKDAY, 0.2, WEEKDAY, false);
      const parser = { day: '*', weekday: values.map((value) => value - 1).join(',') };
      return { rule: { by: 'weekday', values }, day: '?', weekday: text, parser };
    }
    default: {
      const { values, text, parser } = field(pick, DAY, 0.3);
      const rule: DayRule = text === '*' ? { by: 'every' } : { by: 'day', values };
      return { rule, day: text, weekday: '?', parser: { day: parser, weekday: '*' } };
    }
  }
}

/** A list of up to three parts within `range`; `whole` is what the field may hold. */
function field(pick: Picker, range: Range, star: number, whole = range, steps = true): Part {
  if (pick.chance(star)) return { values: span(whole.min, whole.max), text: '*', parser: '*' };
  const parts = Array.from({ length: pick.whole(1, 3) }, () => part(pick, range, whole, steps));
  const values = [...new Set(parts.flatMap((each) => each.values))].sort((a, b) => a - b);
  const text = parts.map((each) => each.text).join(',');
  const distinct = parts.reduce((sum, each) => sum + each.values.length, 0) === values.length;
  return { values, text, parser: distinct ? text : values.join(',') };
}

function part(pick: Picker, range: Range, whole: Range, steps: boolean): Omit<Part, 'parser'> {
  const from = pick.whole(range.min, range.max);
  const to = pick.whole(from, range.max);
  const step = pick.whole(1, whole.max - whole.min + 1);
  const shown = (value: number) =>
    whole.names && pick.chance(0.3) ? (whole.names[value - whole.min] ?? '') : String(value);
  switch (pick.whole(0, steps ? 4 : 1)) {
    case 0:
      return { values: [from], text: shown(from) };
    case 1:
      return { values: span(from, to), text: `${shown(from)}-${shown(to)}` };
    case 2:
      return { values: span(whole.min, whole.max, step), text: `*/${step}` };
    case 3:
      return { values: span(from, whole.max, step), text: `${from}/${step}` };
    default:
      return { values: span(from, to, step), text: `${from}-${to}/${step}` };
  }
}

function span(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

interface Picker {
  chance(probability: number): boolean;
  /** Between the two, both included. */
  whole(from: number, to: number): number;
}

export function picker(chance: Chance): Picker {
  return {
    chance: (probability) => chance.random() < probability,
    whole: (from, to) => from + Math.floor(chance.random() * (to - from + 1)),
  };
}
