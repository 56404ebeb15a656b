import type { JobLogger, LoggerFactory } from '../observe/index.ts';
import type { JobRecord } from '../state/index.ts';

/** The logger of a job that is not being executed: the attempt that it names is the last one that ended. */
export function jobLog(logger: LoggerFactory, record: JobRecord): JobLogger {
  const { id, type, attempts, tenant, correlationId } = record;
  return logger.child({
    job_id: id,
    job_type: type,
    attempt: attempts,
    tenant,
    correlation_id: correlationId,
  });
}
