import pc from 'picocolors';
import type { IdResult } from '../client/index.ts';
import type { Output } from './output.ts';

/** One line a job: what was done, or why not. */
export function printResults<Result extends IdResult>(
  output: Output,
  results: readonly Result[],
  done: (result: Extract<Result, { ok: true }>) => string,
): void {
  for (const result of results) {
    if (result.ok)
      output.print(`${pc.green('✓')} ${result.id} ${done(result as Extract<Result, { ok: true }>)}`);
    else output.print(`${pc.red('✗')} ${result.id} ${result.error.message}`);
  }
}
