import type { Command } from 'commander';
import type { ScheduleView } from '../../client/index.ts';
import { count } from '../arguments.ts';
import { EXIT } from '../exit-code.ts';
import type { Cli } from '../operating.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

interface Flags extends ScheduleFlags {
  readonly limit?: number;
  readonly cursor?: string;
}

export function addList(schedules: Command, cli: Cli): void {
  onSchedules(schedules.command('list').description("list schedules, all or a tenant's, the catalog's first"))
    .option('--limit <schedules>', 'schedules of run time at most, up to 1,000 (default: 100)', count)
    .option('--cursor <text>', 'go on where the list before ended')
    .action((flags: Flags) =>
      onSchedulesOf(cli, flags, async (client, output) => {
        const { tenant, limit, cursor } = flags;
        const page = await client.list({ tenant, limit, cursor });
        const rows = await Promise.all(
          page.schedules.map(async (view) => {
            const [next] = view.paused ? [] : await client.next(view.name, { tenant: view.tenant, count: 1 });
            return { ...view, next };
          }),
        );
        output.result({ ...page, schedules: rows }, () => {
          if (rows.length === 0) output.print('No schedules.');
          else
            output.table(rows, [
              { head: 'NAME', cell: ({ name }) => name },
              { head: 'TENANT', cell: (row) => row.tenant },
              { head: 'FROM', cell: ({ source }) => source },
              { head: 'JOB', cell: ({ job }) => job },
              { head: 'WHEN', cell: whenOf },
              { head: 'OVERLAP', cell: ({ overlap }) => overlap },
              { head: 'STATE', cell: stateOf },
              { head: 'NEXT', cell: ({ next }) => next?.toISOString() },
            ]);
          for (const error of page.unreadable) output.note(error.message);
          if (page.cursor !== undefined) output.note(`There are more: --cursor ${page.cursor}`);
        });
        return EXIT.ok;
      }),
    );
}

function whenOf({ expression, timeZone }: ScheduleView): string {
  return expression.startsWith('rate') ? expression : `${expression} ${timeZone}`;
}

/** A pause is what a person looks for first. */
function stateOf({ paused, state }: ScheduleView): string {
  return paused ? `paused${state === 'active' ? '' : `, ${state}`}` : state;
}
