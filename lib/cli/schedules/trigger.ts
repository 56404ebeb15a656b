import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import type { Cli } from '../operating.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

export function addTrigger(schedules: Command, cli: Cli): void {
  const command = schedules
    .command('trigger <name>')
    .description('make a job of a schedule now, beside its ticks');
  onSchedules(command).action((name: string, flags: ScheduleFlags) =>
    onSchedulesOf(cli, flags, async (client, output) => {
      const { id } = await client.trigger(name, { tenant: flags.tenant });
      output.result({ id }, () => output.print(`${id} on its way`));
      return EXIT.ok;
    }),
  );
}
