import type { JobLogger, LoggerFactory } from '../observe/index.ts';

/** One line that a handler, or Millrace itself, logged. */
export interface LogLine {
  /** By the virtual clock. */
  readonly at: Date;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** What the line says besides: the job's `job_id`, `job_type`, `attempt`, `tenant`, and what the call added. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps its lines instead of printing them. */
export function collectingLogger({
  now,
  into,
}: {
  now: () => number;
  into: (line: LogLine) => void;
}): LoggerFactory {
  const bound = (own: object): JobLogger => {
    const line =
      (level: LogLine['level']): JobLogger['info'] =>
      (message, extra = {}) => {
        const more = extra instanceof Error ? { error: extra } : extra;
        into({ at: new Date(now()), level, message, fields: { ...more, ...own } });
      };
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  };
  return { ...bound({}), child: (fields) => bound(fields) };
}
