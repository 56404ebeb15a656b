import type { Command } from 'commander';
import { MOMENT, moment } from '../arguments.ts';
import { EXIT } from '../exit-code.ts';
import type { Cli } from '../operating.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

interface Flags extends ScheduleFlags {
  readonly from: Date;
  readonly to?: Date;
  readonly dryRun?: boolean;
}

export function addBackfill(schedules: Command, cli: Cli): void {
  onSchedules(
    schedules.command('backfill <name>').description('make the jobs of ticks that made none, up to 1,000'),
  )
    .requiredOption('--from <time>', `from then on: ${MOMENT}`, moment)
    .option('--to <time>', `until before then (default: now): ${MOMENT}`, moment)
    .option('--dry-run', 'say what would be done, and write nothing')
    .action((name: string, flags: Flags) =>
      onSchedulesOf(cli, flags, async (client, output) => {
        const { tenant, from, to = new Date(), dryRun = false } = flags;
        const entries = await client.backfill(name, from, to, { tenant, dryRun });
        output.result({ name, tenant, dryRun, entries }, () => {
          if (entries.length === 0) output.print('Nothing fell due then.');
          else
            output.table(entries, [
              { head: 'TIME', cell: ({ at }) => at.toISOString() },
              { head: 'ID', cell: ({ id }) => id },
              { head: dryRun ? 'WOULD BE' : 'RESULT', cell: ({ result }) => result },
            ]);
        });
        if (entries.every(({ result }) => result !== 'full')) return EXIT.ok;
        return entries.every(({ result }) => result === 'full') ? EXIT.error : EXIT.partly;
      }),
    );
}
