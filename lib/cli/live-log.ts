import pc from 'picocolors';
import type { LocalEvent } from '../local/index.ts';
import { LOG_LINES } from '../observe/index.ts';

type Line = Readonly<Record<string, unknown>>;

/** How an outcome is shown; whatever else ends an attempt is shown as it is. */
const OUTCOMES: Readonly<Record<string, (text: string) => string>> = {
  succeeded: (text) => pc.green(`✓ ${text}`),
  retrying: (text) => pc.yellow(`↻ ${text}`),
  scheduled: (text) => pc.cyan(`… ${text}`),
  dead: (text) => pc.red(`✗ ${text}`),
};

/** Fields that every line has and that a reader of a live log does not need again. */
const HIDDEN = new Set([
  ...[
    'level',
    'message',
    'timestamp',
    'service',
    'sampling_rate',
    'xray_trace_id',
    'cold_start',
    'function_arn',
  ],
  ...[
    'function_name',
    'function_memory_size',
    'function_request_id',
    'job_id',
    'job_type',
    'attempt',
    'tenant',
  ],
  ...['correlation_id', 'outcome', 'duration_ms', 'wait_ms', 'age_ms', 'priority', 'pool', 'dispatch'],
  ...['error_name', 'error_message'],
]);

/** One readable line for what a function reports; undefined for what says nothing new. */
export function liveLine(event: LocalEvent): string | undefined {
  const time = pc.dim(clockTime(event.time));
  switch (event.type) {
    case 'log': {
      const line = parse(event.line);
      return `${time} ${line ? jobLine(line) : event.line}`;
    }
    case 'timeout':
    case 'out-of-memory':
    case 'crash':
    case 'init-error':
      return `${time} ${pc.red(`${event.type}: ${short(event.function)}: ${event.message}`)}`;
    case 'throttled':
      return `${time} ${pc.yellow(`throttled: ${short(event.function)}`)}`;
    case 'poll-error':
    case 'batch-failed':
    case 'records-discarded':
      return `${time} ${pc.dim(`${event.type}: ${event.message}`)}`;
    case 'invoke-start':
    case 'invoke-end':
      return undefined;
  }
}

function jobLine(line: Line): string {
  const { message, outcome, job_type: type, job_id: id, attempt, tenant, priority } = line;
  const job = type ? `${pc.bold(String(type))} ${pc.dim(String(id))}` : '';
  if (message === LOG_LINES.settled) {
    const shown = OUTCOMES[String(outcome)] ?? ((text: string) => text);
    const facts = [
      Number(attempt) > 0 && `attempt ${attempt}`,
      `${priority}`,
      tenant && `tenant ${tenant}`,
      line['wait_ms'] !== undefined && `waited ${line['wait_ms']} ms`,
      line['duration_ms'] !== undefined && `ran ${line['duration_ms']} ms`,
    ].filter(Boolean);
    const error = line['error_message'] ? `\n             ${pc.red(errorOf(line))}` : '';
    return `${shown(String(outcome).padEnd(9))} ${job} ${pc.dim(facts.join(', '))}${error}`;
  }
  const extra = Object.entries(line).filter(([key]) => !HIDDEN.has(key));
  const fields = extra.map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const error = line['error_message'] ? pc.red(errorOf(line)) : '';
  return [levelOf(line), job, message, pc.dim(fields.join(' ')), error].filter(Boolean).join(' ');
}

function levelOf({ level }: Line): string {
  if (level === 'ERROR' || level === 'CRITICAL') return pc.red('error    ');
  if (level === 'WARN') return pc.yellow('warning  ');
  return pc.dim(`${String(level ?? 'info').toLowerCase()}     `);
}

function errorOf(line: Line): string {
  return line['error_name']
    ? `${line['error_name']}: ${line['error_message']}`
    : String(line['error_message']);
}

function parse(line: string): Line | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Line;
  } catch {
    // Looks like JSON and is not: shown as it is.
    return undefined;
  }
}

function clockTime(ms: number): string {
  return new Date(ms)
    .toTimeString()
    .slice(0, 8)
    .concat(`.${String(ms % 1000).padStart(3, '0')}`);
}

function short(functionName: string): string {
  return functionName.split('-').slice(-2).join('-');
}
