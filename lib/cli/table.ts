import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string | number | undefined;
  /** Numbers stand at the right of their column. @default false */
  readonly right?: boolean;
}

/** What stands where there is nothing. */
const NOTHING = '–';
const GAP = '  ';

/** Rows under heads, each column as wide as its widest cell; cut where a line of the terminal ends. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number = Number.POSITIVE_INFINITY,
): string[] {
  const cells = rows.map((row) => columns.map(({ cell }) => oneLine(cell(row))));
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...cells.map((line) => widthOf(line[at]))),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => padded(text, { width: widths[at] ?? 0, right: columns[at]?.right ?? false }))
      .join(GAP)
      .trimEnd();
  const heads = pc.dim(clip(line(columns.map(({ head }) => head)), width));
  return [heads, ...cells.map((texts) => clip(line(texts), width))];
}

function oneLine(value: string | number | undefined): string {
  if (value === undefined || value === '') return NOTHING;
  return String(value).replaceAll(/\s+/g, ' ');
}

function padded(text: string, { width, right }: { width: number; right: boolean }): string {
  const space = ' '.repeat(Math.max(width - widthOf(text), 0));
  return right ? space + text : text + space;
}

function widthOf(text: string | undefined): number {
  return stripVTControlCharacters(text ?? '').length;
}

/** A line with colours is left alone: a cut could leave the terminal coloured. */
function clip(text: string, width: number): string {
  if (widthOf(text) <= width || widthOf(text) !== text.length) return text;
  return `${text.slice(0, Math.max(width - 1, 1))}…`;
}
