import pc from 'picocolors';
import type { JobView } from '../lib/client/index.ts';
import { PRIORITIES } from '../lib/contract/index.ts';
import type { JobTally } from './tally.ts';

const COLUMNS = [
  ...['type', 'priority', 'enqueued', 'succeeded', 'retried', 'dead', 'duplicates'],
  ...['start p50', 'start p95', 'end p50', 'end p95'],
];

/** A row a type and priority, and the sums. `duplicates`: enqueues that were dropped, by `type/priority`. */
export function table(jobs: readonly JobTally[], duplicates: ReadonlyMap<string, number>): string {
  const groups = Map.groupBy(jobs, ({ type, priority }) => `${type}/${priority}`);
  const order = ([a]: [string, unknown], [b]: [string, unknown]) => rank(a).localeCompare(rank(b));
  const rows = [...groups]
    .sort(order)
    .map(([name, group]) => row(name.split('/'), group, duplicates.get(name) ?? 0));
  const dropped = [...duplicates.values()].reduce((sum, n) => sum + n, 0);
  return layOut([COLUMNS, ...rows, row(['all', ''], jobs, dropped)]);
}

/** The dead jobs, those of one kind of error in a line. */
export function deadList(jobs: readonly JobView[]): string {
  const kinds = [...Map.groupBy(jobs, ({ type, error }) => `${type} ${error?.fingerprint}`).values()];
  const lines = kinds.map((kind) => {
    const { type = '', error } = kind[0] ?? {};
    return `  ${kind.length} × ${type.padEnd(16)} ${pc.dim(`${error?.name}: ${error?.message}`)}`;
  });
  return [pc.bold('Dead, for somebody to look at and redrive:'), ...lines].join('\n');
}

function row(names: readonly string[], jobs: readonly JobTally[], dropped: number): string[] {
  const ended = (outcome: string) => jobs.filter((job) => job.outcome === outcome).length;
  const retried = jobs.filter(({ retries }) => retries > 0).length;
  const starts = jobs.flatMap(({ toStart }) => toStart ?? []);
  const ends = jobs.flatMap(({ toEnd }) => toEnd ?? []);
  const counts = [jobs.length, ended('succeeded'), retried, ended('dead'), dropped].map(String);
  const times = [percentile(starts, 50), percentile(starts, 95), percentile(ends, 50), percentile(ends, 95)];
  return [...names, ...counts, ...times];
}

function percentile(values: readonly number[], percent: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
  return value === undefined ? '–' : `${(value / 1000).toFixed(2)} s`;
}

/** Types by name, priorities from the highest. */
function rank(name: string): string {
  const [type, priority] = name.split('/');
  return `${type} ${(PRIORITIES as readonly string[]).indexOf(priority ?? '')}`;
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells.map((cell, c) => (c < 2 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))).join('  '),
  );
  const [head = '', ...body] = lines;
  const rule = pc.dim('─'.repeat(head.length));
  return [pc.bold(head), rule, ...body.slice(0, -1), rule, body.at(-1)].join('\n');
}
