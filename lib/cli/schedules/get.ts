import type { Command } from 'commander';
import type { ScheduleView } from '../../client/index.ts';
import { EXIT } from '../exit-code.ts';
import type { Cli } from '../operating.ts';
import type { Output } from '../output.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

export function addGet(schedules: Command, cli: Cli): void {
  const command = schedules.command('get <name>').description('show a schedule as it is now');
  onSchedules(command).action((name: string, flags: ScheduleFlags) =>
    onSchedulesOf(cli, flags, async (client, output) => {
      const { tenant } = flags;
      const schedule = await client.get(name, { tenant });
      const { ScheduleNotFoundError } = await import('../../client/index.ts');
      if (!schedule) throw new ScheduleNotFoundError({ name, tenant });
      output.result(schedule, () => printSchedule(output, schedule));
      return EXIT.ok;
    }),
  );
}

export function printSchedule(output: Output, schedule: ScheduleView): void {
  const width = Math.max(...Object.keys(schedule).map((name) => name.length));
  for (const [name, value] of Object.entries(schedule))
    if (value !== undefined) output.print(`${name.padEnd(width)}  ${shown(value)}`);
}

function shown(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
