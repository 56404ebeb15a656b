import type { Clock } from '../../contract/index.ts';
import type { BulkRedriveOptions, RedriveProgress } from '../../operate/index.ts';
import type { Output } from '../output.ts';

/** Milliseconds between two lines. */
const PAUSE = 1_000;

/** Says how far a redrive is, each second at most: of one that is over sooner, its result says it all. */
export function progressNotes(
  output: Pick<Output, 'note'>,
  { clock, staged, dryRun }: Pick<BulkRedriveOptions, 'staged' | 'dryRun'> & { readonly clock: Clock },
): (progress: RedriveProgress) => void {
  const done = doneTo(dryRun);
  let said = clock.now();
  return ({ stage, redriven, failed, waitingFor }) => {
    const now = clock.now();
    if (now - said < PAUSE) return;
    said = now;
    const stages = staged ? `stage ${stage}: ` : '';
    const waits = waitingFor ? `, waiting for ${waitingFor} to end` : '';
    output.note(`${stages}${redriven} ${done}, ${failed} failed${waits}`);
  };
}

/** What was done to a job, in words. */
export function doneTo(dryRun = false): string {
  return dryRun ? 'would be redriven' : 'redriven';
}
