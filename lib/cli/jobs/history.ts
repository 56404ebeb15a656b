import type { Command } from 'commander';
import type { HistoryEntry } from '../../client/index.ts';
import { EXIT } from '../exit-code.ts';
import { type Cli, onStack, operate, type StackFlags } from '../operating.ts';

export function addHistory(jobs: Command, cli: Cli): void {
  onStack(
    jobs.command('history <id>').description("show a job's way through the states, oldest first"),
  ).action((id: string, flags: StackFlags) =>
    operate(cli, flags, async ({ client }, output) => {
      const history = await client.history(id);
      output.result({ id, history }, () =>
        output.table(history, [
          { head: 'TIME', cell: ({ time }) => time.toISOString() },
          { head: 'FROM', cell: ({ from }) => (from === 'none' ? undefined : from) },
          { head: 'TO', cell: ({ to }) => to },
          { head: 'ATTEMPT', cell: ({ attempt }) => attempt, right: true },
          { head: 'DISPATCH', cell: ({ dispatch }) => dispatch, right: true },
          { head: 'BY', cell: ({ by, worker }) => by ?? worker },
          { head: 'WHY', cell: reason },
        ]),
      );
      return EXIT.ok;
    }),
  );
}

function reason({ why, error, replaced }: HistoryEntry): string | undefined {
  if (error) return `${error['name']}: ${error['message']}`;
  if (replaced === undefined) return why;
  return why === undefined ? 'with another payload' : `${why} (with another payload)`;
}
