import type { Command } from 'commander';
import type { EnqueueOptions } from '../client/index.ts';
import { duration, priority } from './arguments.ts';
import { EXIT } from './exit-code.ts';
import { readJson } from './json-argument.ts';
import { loadCatalog } from './load-catalog.ts';
import { type Cli, onStack, operate, type StackFlags } from './operating.ts';

interface Flags
  extends StackFlags,
    Pick<EnqueueOptions, 'tenant' | 'priority' | 'runAt' | 'delay' | 'deadline'> {
  readonly payload: string;
  readonly catalog: string;
  readonly key?: string;
}

export function addEnqueue(program: Command, cli: Cli): void {
  const command = program.command('enqueue <job>').description('enqueue a job by the name of its type');
  onStack(command)
    .requiredOption('--payload <json>', 'the payload, or @file')
    .requiredOption(
      '--catalog <file>',
      'the module that exports `catalog`: the payload is checked against it',
    )
    .option('--tenant <tenant>', 'the customer that the job belongs to')
    .option('--priority <priority>', "critical, high, normal or low (default: the type's)", priority)
    .option('--run-at <time>', "not before this time, such as '2027-03-01T12:00:00Z'")
    .option('--delay <duration>', "not before this long from now, such as '2h'", duration)
    .option('--deadline <time>', "not to start at this time or later: a time, or a duration such as '2h'")
    .option('--key <text>', 'the idempotency key: the same key gives the same job')
    .action(async (job: string, flags: Flags) => {
      const payload = await readJson(
        { command, directory: cli.directory, option: '--payload' },
        flags.payload,
      );
      const catalog = await loadCatalog(cli.directory, flags.catalog);
      const { key: idempotencyKey, tenant, priority, runAt, delay, deadline } = flags;
      const options = { idempotencyKey, tenant, priority, runAt, delay, deadline };
      await operate(
        cli,
        flags,
        async ({ client }, output) => {
          // The catalog is known only now: what does not fit it is refused by the client.
          const accepted = await client.enqueue(job, payload as never, options);
          const done = accepted.deduplicated ? 'is there already, by its key' : 'enqueued';
          output.result(accepted, () => output.print(`${accepted.id} ${done}`));
          return EXIT.ok;
        },
        catalog,
      );
    });
}
