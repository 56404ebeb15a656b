import type { Command } from 'commander';
import type { JobView } from '../../client/index.ts';
import { EXIT } from '../exit-code.ts';
import { type Cli, onStack, operate, type StackFlags } from '../operating.ts';
import type { Output } from '../output.ts';

interface Flags extends StackFlags {
  readonly payload?: boolean;
}

export function addGet(jobs: Command, cli: Cli): void {
  onStack(jobs.command('get <id>').description('show a job as its record has it'))
    .option('--payload', 'its payload too')
    .action((id: string, flags: Flags) =>
      operate(cli, flags, async (operator, output) => {
        const job = await operator.client.get(id);
        const { JobNotFoundError } = await import('../../client/index.ts');
        if (!job) throw new JobNotFoundError({ id, tableName: operator.client.tableName });
        const payload = flags.payload ? await operator.payload(id) : undefined;
        const shown = payload === undefined ? job : { ...job, payload: JSON.parse(payload) as unknown };
        output.result(shown, () => printJob(output, shown));
        return EXIT.ok;
      }),
    );
}

function printJob(output: Output, job: JobView & { payload?: unknown }): void {
  const width = Math.max(...Object.keys(job).map((name) => name.length));
  for (const [name, value] of Object.entries(job)) {
    if (value === undefined || (name === 'tags' && Object.keys(job.tags).length === 0)) continue;
    output.print(`${name.padEnd(width)}  ${shown(value)}`);
  }
}

function shown(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
