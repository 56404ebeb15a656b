import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import type { Cli } from '../operating.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

export function addDelete(schedules: Command, cli: Cli): void {
  const command = schedules
    .command('delete <name>')
    .description('delete a schedule of run time; its jobs stay');
  onSchedules(command).action((name: string, flags: ScheduleFlags) =>
    onSchedulesOf(cli, flags, async (client, output) => {
      const { tenant } = flags;
      await client.delete(name, { tenant });
      output.result({ name, tenant, deleted: true }, () => output.print(`${name} deleted`));
      return EXIT.ok;
    }),
  );
}
