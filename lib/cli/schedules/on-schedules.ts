import type { Command } from 'commander';
import type { ScheduleClient } from '../../client/index.ts';
import type { Catalog } from '../../contract/index.ts';
import type { ExitCode } from '../exit-code.ts';
import { loadCatalog } from '../load-catalog.ts';
import { type Cli, onStack, operate, type StackFlags } from '../operating.ts';
import type { Output } from '../output.ts';

/** The options that each of these commands has. */
export interface ScheduleFlags extends StackFlags {
  readonly tenant?: string;
  readonly catalog?: string;
}

/** Adds the options by which a command finds its schedule. */
export function onSchedules(command: Command): Command {
  return onStack(command)
    .option('--tenant <tenant>', 'the tenant that the schedule belongs to (default: none)')
    .option('--catalog <file>', 'the module that exports `catalog`: its schedules are known too');
}

/** Does a command's work on the schedules of its stack, and of the catalog where one was named. */
export async function onSchedulesOf(
  cli: Cli,
  flags: ScheduleFlags,
  work: (schedules: ScheduleClient<Catalog>, output: Output) => Promise<ExitCode>,
): Promise<void> {
  const catalog = flags.catalog === undefined ? undefined : await loadCatalog(cli.directory, flags.catalog);
  await operate(cli, flags, ({ client }, output) => work(client.schedules, output), catalog);
}
