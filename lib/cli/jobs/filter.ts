import { type Command, Option } from 'commander';
import type { DeadFilter } from '../../client/index.ts';
import { MOMENT, moment } from '../arguments.ts';

/** The options that say which jobs that ended without success are meant. */
export function withFilter(command: Command): Command {
  return command
    .addOption(
      new Option('--status <status>', 'the jobs that ended so (default: dead)').choices(['dead', 'expired']),
    )
    .option('--type <name>', 'only jobs of this type')
    .option('--tenant <name>', 'only jobs of this tenant')
    .option('--fingerprint <text>', 'only dead jobs that died of errors of this kind')
    .option('--since <time>', `only jobs that ended since then: ${MOMENT}`, moment)
    .option('--until <time>', `only jobs that ended until then: ${MOMENT}`, moment);
}

/** What of the flags is the filter; undefined where none of them was given. */
export function filterOf(flags: DeadFilter): DeadFilter | undefined {
  const { status, type, tenant, fingerprint, since, until } = flags;
  const filter = { status, type, tenant, fingerprint, since, until };
  return Object.values(filter).every((value) => value === undefined) ? undefined : filter;
}
