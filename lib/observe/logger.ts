import { Logger } from '@aws-lambda-powertools/logger';

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

function wrap(logger: Logger): LoggerFactory {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, extra?: Extra | Error) => {
    if (extra === undefined) logger[level](message);
    else if (extra instanceof Error) logger[level](message, extra);
    else logger[level](message, { ...extra });
  };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => wrap(logger.createChild({ persistentKeys: { ...fields } })),
  };
}
