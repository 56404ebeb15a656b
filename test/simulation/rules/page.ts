import { readFileSync, writeFileSync } from 'node:fs';
import { type Noticed, readNoticed } from './noticed.ts';
import { RULES } from './rules.ts';

const PAGE = new URL('../../../docs/guarantees-rules.md', import.meta.url);

const NOTICED = '| without the rule | why it is there | seed | what broke |';
const UNNOTICED = '| without the rule | why it is there | why no run notices |';

export function readPage(): string {
  return readFileSync(PAGE, 'utf8');
}

/** Writes the tables of the page as the rules and their recorded seeds have them. */
export function writePage(): void {
  writeFileSync(PAGE, pageWithTables(readPage(), readNoticed()));
}

/** The page with its two tables as they are to be. */
export function pageWithTables(page: string, noticed: ReadonlyMap<string, Noticed>): string {
  const found = RULES.flatMap(({ name, why, jobs }) => {
    const { seed, invariant, what } = noticed.get(name) ?? {};
    const run = jobs === undefined ? String(seed) : `${seed}, of ${jobs} jobs`;
    return seed === undefined ? [] : [[name, why, run, `${invariant}: ${what}`]];
  });
  const quiet = RULES.flatMap(({ name, why, unnoticed }) =>
    unnoticed === undefined ? [] : [[name, why, unnoticed]],
  );
  return withTable(withTable(page, NOTICED, found), UNNOTICED, quiet);
}

/** The rows behind a table's head, in place of those that stand there. */
function withTable(page: string, head: string, rows: readonly (readonly string[])[]): string {
  const lines = page.split('\n');
  const begin = lines.indexOf(head) + 2;
  if (begin < 2) throw new Error(`docs/guarantees-rules.md has no table '${head}'`);
  const length = lines.slice(begin).findIndex((line) => !line.startsWith('|'));
  lines.splice(begin, length, ...rows.map((cells) => `| ${cells.map(cellOf).join(' | ')} |`));
  return lines.join('\n');
}

/** On one line, and no end of its cell. */
function cellOf(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim();
}
