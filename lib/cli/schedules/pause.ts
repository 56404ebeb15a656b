import type { Command } from 'commander';
import { EXIT } from '../exit-code.ts';
import type { Cli } from '../operating.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

export function addPause(schedules: Command, cli: Cli): void {
  const command = schedules
    .command('pause <name>')
    .description('let no tick make a job, until it is resumed');
  onSchedules(command).action((name: string, flags: ScheduleFlags) =>
    onSchedulesOf(cli, flags, async (client, output) => {
      const { tenant } = flags;
      await client.pause(name, { tenant });
      output.result({ name, tenant, paused: true }, () => output.print(`${name} paused`));
      return EXIT.ok;
    }),
  );
}

export function addResume(schedules: Command, cli: Cli): void {
  const command = schedules.command('resume <name>').description('let ticks make jobs again, from now on');
  onSchedules(command).action((name: string, flags: ScheduleFlags) =>
    onSchedulesOf(cli, flags, async (client, output) => {
      const { tenant } = flags;
      await client.resume(name, { tenant });
      output.result({ name, tenant, paused: false }, () => output.print(`${name} resumed`));
      return EXIT.ok;
    }),
  );
}
