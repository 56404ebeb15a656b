import pc from 'picocolors';
import type { IdResult } from '../client/index.ts';
import type { Output } from './output.ts';
import { unreachable } from './unreachable.ts';

/** As they are, but for what the network is to blame for: that is told as of any other verb. */
export function reached<Result extends IdResult>(results: readonly Result[]): Result[] {
  return results.map((result) => {
    const error = result.ok ? undefined : unreachable(result.error, process.env);
    return error ? { ...result, error } : result;
  });
}

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
