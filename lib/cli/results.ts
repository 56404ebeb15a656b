import pc from 'picocolors';
import type { IdResult } from '../client/index.ts';
import type { Output } from './output.ts';

/** One line a job: what was done, or why not. */
export function printResults(output: Output, results: readonly IdResult[], done: string): void {
  for (const result of results) {
    if (result.ok) output.print(`${pc.green('✓')} ${result.id} ${done}`);
    else output.print(`${pc.red('✗')} ${result.id} ${result.error.message}`);
  }
}
