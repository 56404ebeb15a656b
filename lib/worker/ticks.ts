import type { Tick } from '../contract/index.ts';
import { acceptTick, reportTick } from '../state/index.ts';
import type { WorkerDeps } from './deps.ts';

/** Makes the job of a schedule's tick, or none; either way the tick is done with. */
export async function takeTick(deps: WorkerDeps, tick: Tick): Promise<void> {
  const now = deps.clock.now();
  const outcome = await acceptTick(deps, tick, { now });
  reportTick(deps.logger, { tick, outcome, now });
}
