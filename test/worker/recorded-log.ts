import type { JobLogger, LogFields, LoggerFactory } from '../../lib/observe/index.ts';

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A logger that keeps its lines. */
export function recordedLog(): { logger: LoggerFactory; lines: Line[] } {
  const lines: Line[] = [];
  const logger = (fields: Partial<LogFields>): JobLogger => {
    const line = (level: Line['level']) => (message: string, extra?: object) => {
      lines.push({ ...fields, ...extra, level, message });
    };
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  };
  return { logger: { ...logger({}), child: logger }, lines };
}
