import type { Command } from 'commander';
import type { DeadFilter, JobPage, QuarantinePage } from '../../client/index.ts';
import { count } from '../arguments.ts';
import { EXIT } from '../exit-code.ts';
import { type Cli, onStack, operate, type StackFlags } from '../operating.ts';
import type { Output } from '../output.ts';
import { filterOf, withFilter } from './filter.ts';

interface Flags extends StackFlags, DeadFilter {
  readonly limit?: number;
  readonly cursor?: string;
  readonly quarantined?: boolean;
}

export function addList(jobs: Command, cli: Cli): void {
  const command = jobs.command('list').description('list dead or expired jobs, the newest first');
  withFilter(onStack(command))
    .option('--limit <jobs>', 'jobs at most, up to 1,000 (default: 100)', count)
    .option('--cursor <text>', 'go on where the list before ended')
    .option('--quarantined', 'the messages that nobody could read, instead of dead jobs')
    .action((flags: Flags) => {
      if (flags.quarantined && filterOf(flags))
        command.error('error: --quarantined takes no filter: nobody could read what the messages are about');
      return operate(cli, flags, async ({ client }, output) => {
        const { limit, cursor } = flags;
        if (flags.quarantined) {
          const page = await client.listQuarantined({ limit, cursor });
          output.result(page, () => printQuarantined(output, page));
        } else {
          const page = await client.list({ ...filterOf(flags), limit, cursor });
          output.result(page, () => printJobs(output, page, flags.status));
        }
        return EXIT.ok;
      });
    });
}

function printJobs(output: Output, page: JobPage, status: DeadFilter['status'] = 'dead'): void {
  if (page.jobs.length === 0) output.print(`No ${status} jobs.`);
  else
    output.table(page.jobs, [
      { head: 'ID', cell: ({ id }) => id },
      { head: 'TYPE', cell: ({ type }) => type },
      { head: 'TENANT', cell: ({ tenant }) => tenant },
      { head: status === 'dead' ? 'DIED' : 'EXPIRED', cell: ({ endedAt }) => endedAt?.toISOString() },
      { head: 'ATTEMPTS', cell: ({ attempts }) => attempts, right: true },
      { head: 'FINGERPRINT', cell: ({ error }) => error?.fingerprint },
      { head: 'ERROR', cell: ({ error }) => error && `${error.name}: ${error.message}` },
    ]);
  printRest(output, page);
}

function printQuarantined(output: Output, page: QuarantinePage): void {
  if (page.messages.length === 0) output.print('No quarantined messages.');
  else
    output.table(page.messages, [
      { head: 'MESSAGE', cell: ({ messageId }) => messageId },
      { head: 'QUARANTINED', cell: ({ quarantinedAt }) => new Date(quarantinedAt).toISOString() },
      { head: 'FROM', cell: ({ source }) => source.split(':').at(-1) },
      { head: 'REASON', cell: ({ reason }) => reason },
      { head: 'BODY', cell: ({ body }) => body.slice(0, 200) },
    ]);
  printRest(output, page);
}

function printRest(output: Output, { unreadable, cursor }: JobPage | QuarantinePage): void {
  for (const error of unreadable) output.note(error.message);
  if (cursor !== undefined) output.note(`There are more: --cursor ${cursor}`);
}
