import { Logger } from '@aws-lambda-powertools/logger';
import { describeThrown } from '../contract/index.ts';

type Extra = Readonly<Record<string, unknown>>;

/** What a handler logs with: one JSON line a call, with the job's own fields on each. */
export interface JobLogger {
  debug(message: string, extra?: Extra | Error): void;
  info(message: string, extra?: Extra | Error): void;
  warn(message: string, extra?: Extra | Error): void;
  error(message: string, extra?: Extra | Error): void;
}

/** The fields that every line about a job carries. */
export interface LogFields {
  readonly job_id: string;
  readonly job_type: string;
  readonly attempt?: number;
  readonly tenant?: string;
  readonly correlation_id?: string;
}

/** Makes loggers; one a process. `child` binds a job's fields. */
export interface LoggerFactory extends JobLogger {
  child(fields: LogFields): JobLogger;
}

/** Powertools for AWS Lambda's logger; its level is POWERTOOLS_LOG_LEVEL, INFO when that is not set. */
export function createLogger({ service }: { service: string }): LoggerFactory {
  return wrap(new Logger({ serviceName: service }));
}

/**
 * A child adds its fields to each line it writes. Powertools' own children are loggers with all their settings read from
 * the environment again: too dear for one a job.
 */
function wrap(logger: Logger, fields: Partial<LogFields> = {}): LoggerFactory {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, extra?: Extra | Error) => {
    try {
      logger[level](message, { ...(extra instanceof Error ? { error: extra } : extra), ...fields });
    } catch (error) {
      // A getter or a toJSON of what was to be logged threw: no reason to end whoever logs.
      logger[level](message, { ...fields, not_logged: describeThrown(error).message });
    }
  };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (more) => wrap(logger, { ...fields, ...more }),
  };
}
