import { CsvInvalidError } from './csv-records.ts';

/** What a summary may grow to: it is held in memory and written as one page. */
export const SUMMARY_LIMITS = { columns: 200, groups: 1_000 } as const;

export interface NumberSummary {
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

export interface ColumnSummary {
  readonly name: string;
  readonly filled: number;
  readonly empty: number;
  /** Present where every filled field of the column is a number. */
  readonly numbers?: NumberSummary;
}

export interface GroupSummary {
  readonly value: string;
  readonly rows: number;
  /** Column → sum, for the columns of numbers. */
  readonly sums: Readonly<Record<string, number>>;
}

export interface CsvSummary {
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
  /** Most rows first. */
  readonly groups?: { readonly by: string; readonly values: readonly GroupSummary[] };
}

interface Column {
  readonly name: string;
  filled: number;
  /** Filled fields that are numbers. */
  numeric: number;
  sum: number;
  min: number;
  max: number;
}

interface Group {
  rows: number;
  readonly sums: number[];
}

/**
 * Reads all records, the header first, and summarises them: each column, and the sums for each value of `groupBy`.
 *
 * @throws {CsvInvalidError} when there is no header, a name in it is empty or there twice, `groupBy` is not in it, or a limit is passed
 */
export async function summarise(
  records: AsyncIterable<readonly string[]>,
  { groupBy }: { groupBy: string | undefined },
): Promise<CsvSummary> {
  let columns: Column[] | undefined;
  let groupIndex = -1;
  let rows = 0;
  const groups = new Map<string, Group>();
  for await (const record of records) {
    if (columns === undefined) {
      columns = columnsOf(record);
      groupIndex = groupBy === undefined ? -1 : indexOf(columns, groupBy);
      continue;
    }
    rows += 1;
    const group = groupIndex < 0 ? undefined : groupOf(groups, record[groupIndex] ?? '', columns.length);
    if (group) group.rows += 1;
    for (const [index, column] of columns.entries()) count(column, record[index] ?? '', { group, index });
  }
  if (columns === undefined)
    throw new CsvInvalidError({ what: 'The file is empty', fix: 'begin it with a header' });
  const summaries = columns.map((column) => summaryOf(column, rows));
  if (groupBy === undefined) return { rows, columns: summaries };
  return { rows, columns: summaries, groups: { by: groupBy, values: groupSummaries(groups, summaries) } };
}

function columnsOf(header: readonly string[]): Column[] {
  if (header.length > SUMMARY_LIMITS.columns) {
    throw new CsvInvalidError({
      what: `${header.length} columns are more than a report takes (${SUMMARY_LIMITS.columns})`,
      line: 1,
    });
  }
  const names = new Set<string>();
  return header.map((field, index) => {
    const name = field.trim();
    if (name === '') throw new CsvInvalidError({ what: `Column ${index + 1} has no name`, line: 1 });
    if (names.has(name)) throw new CsvInvalidError({ what: `Two columns are named '${name}'`, line: 1 });
    names.add(name);
    return {
      name,
      filled: 0,
      numeric: 0,
      sum: 0,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    };
  });
}

function indexOf(columns: readonly Column[], name: string): number {
  const index = columns.findIndex((column) => column.name === name);
  if (index >= 0) return index;
  const known = columns.map((column) => column.name).join(', ');
  throw new CsvInvalidError({
    what: `There is no column '${name}' to group by`,
    fix: `use one of: ${known}`,
    line: 1,
  });
}

function groupOf(groups: Map<string, Group>, field: string, columns: number): Group {
  const value = field.trim();
  const known = groups.get(value);
  if (known) return known;
  if (groups.size >= SUMMARY_LIMITS.groups) {
    throw new CsvInvalidError({
      what: `The column to group by has more than ${SUMMARY_LIMITS.groups} values`,
      fix: 'group by another column',
    });
  }
  const group = { rows: 0, sums: new Array<number>(columns).fill(0) };
  groups.set(value, group);
  return group;
}

function count(column: Column, field: string, at: { group: Group | undefined; index: number }): void {
  const text = field.trim();
  if (text === '') return;
  column.filled += 1;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text)) return;
  const value = Number(text);
  column.numeric += 1;
  column.sum += value;
  column.min = Math.min(column.min, value);
  column.max = Math.max(column.max, value);
  if (at.group) at.group.sums[at.index] = (at.group.sums[at.index] ?? 0) + value;
}

function summaryOf({ name, filled, numeric, sum, min, max }: Column, rows: number): ColumnSummary {
  const counted = { name, filled, empty: rows - filled };
  if (numeric === 0 || numeric < filled) return counted;
  return { ...counted, numbers: { sum: tidy(sum), mean: tidy(sum / numeric), min, max } };
}

function groupSummaries(groups: Map<string, Group>, columns: readonly ColumnSummary[]): GroupSummary[] {
  const summed = [...groups].map(([value, group]) => {
    const sums = columns.flatMap(({ name, numbers }, index) =>
      numbers === undefined ? [] : [[name, tidy(group.sums[index] ?? 0)] as const],
    );
    return { value, rows: group.rows, sums: Object.fromEntries(sums) };
  });
  return summed.sort((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
}

/** Twelve digits: a sum of prices reads 0.3 and not 0.30000000000000004. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
