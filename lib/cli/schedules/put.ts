import { type Command, Option } from 'commander';
import { OVERLAPS, type Overlap, type Priority, type ScheduleOptions } from '../../contract/index.ts';
import { duration, priority } from '../arguments.ts';
import { EXIT } from '../exit-code.ts';
import { readJson } from '../json-argument.ts';
import type { Cli } from '../operating.ts';
import { printSchedule } from './get.ts';
import { onSchedules, onSchedulesOf, type ScheduleFlags } from './on-schedules.ts';

interface Flags extends ScheduleFlags {
  readonly job: string;
  readonly payload: string;
  readonly cron?: string;
  readonly every?: number;
  readonly timeZone?: string;
  readonly overlap?: Overlap;
  readonly window?: number;
  readonly startAt?: string;
  readonly endAt?: string;
  readonly maxAge?: number;
  readonly priority?: Priority;
  readonly description?: string;
}

export function addPut(schedules: Command, cli: Cli): void {
  const command = schedules
    .command('put <name>')
    .description('make a schedule, or change the one of this name');
  onSchedules(command)
    .requiredOption('--job <type>', 'the job type that its ticks make; --catalog has to know it')
    .requiredOption('--payload <json>', 'the payload of each job, or @file')
    .option('--cron <fields>', "six fields, such as '0 7 * * ? *'")
    .option('--every <duration>', "whole minutes, such as '15m', '1d'; or --cron", duration)
    .option('--time-zone <zone>', "of --cron, such as 'Europe/Berlin' (default: UTC)")
    .addOption(new Option('--overlap <how>', 'while an earlier job has not ended').choices([...OVERLAPS]))
    .option('--window <duration>', 'fire at some moment within this long', duration)
    .option('--start-at <time>', "no tick before, such as '2027-03-01T12:00:00Z'")
    .option('--end-at <time>', 'no tick after')
    .option('--max-age <duration>', 'a tick that comes later makes no job (default: 1d)', duration)
    .option('--priority <priority>', "critical, high, normal or low (default: the type's)", priority)
    .option('--description <text>', 'for people')
    .action(async (name: string, flags: Flags) => {
      const { directory } = cli;
      if (flags.catalog === undefined)
        command.error(
          "error: required option '--catalog <file>' not specified: the payload is checked against it",
        );
      const payload = await readJson({ command, directory, option: '--payload' }, flags.payload);
      await onSchedulesOf(cli, flags, async (client, output) => {
        const { json: _, stack: __, outputs: ___, catalog: ____, job, ...options } = flags;
        // The catalog is known only now: what does not fit it is refused by the client.
        const put = await client.put(job, { ...options, name, payload } as ScheduleOptions as never);
        output.result(put, () => {
          printSchedule(output, put.schedule);
          output.note(put.changed ? 'Put.' : 'It stands like this already.');
        });
        return EXIT.ok;
      });
    });
}
