import type { Command } from 'commander';
import { count, MOMENT, moment } from '../arguments.ts';
import { EXIT } from '../exit-code.ts';
import type { Cli } from '../operating.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

interface Flags extends ScheduleFlags {
  readonly count?: number;
  readonly from?: Date;
}

export function addNext(schedules: Command, cli: Cli): void {
  onSchedules(schedules.command('next <name>').description('say when a schedule fires next, by its calendar'))
    .option('--count <firings>', 'how many, up to 1,000 (default: 5)', count)
    .option('--from <time>', `from then on (default: now): ${MOMENT}`, moment)
    .action((name: string, flags: Flags) =>
      onSchedulesOf(cli, flags, async (client, output) => {
        const { tenant, count, from } = flags;
        const next = await client.next(name, { tenant, count, from });
        output.result({ name, tenant, next }, () => {
          if (next.length === 0) output.print('It does not fire any more.');
          for (const at of next) output.print(at.toISOString());
        });
        return EXIT.ok;
      }),
    );
}
