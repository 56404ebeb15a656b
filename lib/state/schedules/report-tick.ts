import type { Tick } from '../../contract/index.ts';
import { LOG_LINES, type LoggerFactory } from '../../observe/index.ts';
import type { TickOutcome } from './accept-tick.ts';

/** One line for each tick; what was missed is counted by it. */
export function reportTick(
  logger: LoggerFactory,
  { tick, outcome, now }: { tick: Tick; outcome: TickOutcome; now: number },
): void {
  const { schedule, tenant, at, job } = tick;
  const log = logger.child({ job_id: outcome.id, job_type: job.type, tenant });
  const line = { schedule, scheduled_for: new Date(at).toISOString(), late_ms: now - at };
  if (outcome.made) log.info('tick made a job', { ...line, status: outcome.status });
  else if (outcome.why === 'duplicate') log.info('tick came again', line);
  else log.warn(LOG_LINES.tickDropped, { ...line, why: outcome.why });
}
