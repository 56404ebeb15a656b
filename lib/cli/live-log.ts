import pc from 'picocolors';
import type { LocalEvent } from '../local/index.ts';
import { LOG_LINES } from '../observe/index.ts';
import { readable, wrapped } from './text.ts';

type Line = Readonly<Record<string, unknown>>;

export interface LiveLogOptions {
  /** Characters of a line of the terminal; undefined: lines are not broken. */
  readonly columns: number | undefined;
  /** A function's name as a person knows it. */
  readonly nameOf: (functionName: string) => string;
}

/** How an outcome is shown; whatever else ends an attempt is shown as it is. */
const OUTCOMES: Readonly<Record<string, (text: string) => string>> = {
  succeeded: (text) => pc.green(`✓ ${text}`),
  retrying: (text) => pc.yellow(`↻ ${text}`),
  scheduled: (text) => pc.cyan(`… ${text}`),
  dead: (text) => pc.red(`✗ ${text}`),
};
const LEVELS: Readonly<Record<string, (text: string) => string>> = {
  ERROR: (text) => pc.red(`! ${text}`),
  CRITICAL: (text) => pc.red(`! ${text}`),
  WARN: (text) => pc.yellow(`! ${text}`),
};
/** The longest outcome; everything behind it stands in a column. */
const OUTCOME_WIDTH = 'succeeded'.length;
/** Of the time, the mark and the spaces behind each: where what a line says begins. */
const INDENT = '00:00:00.000'.length + 3;

/** Fields of a line that a reader of a live log has seen already, or does not need. */
const HIDDEN = new Set([
  ...['level', 'message', 'timestamp', 'service', 'sampling_rate', 'xray_trace_id', 'cold_start'],
  ...['function_arn', 'function_name', 'function_memory_size', 'function_request_id'],
  ...['job_id', 'job_type', 'attempt', 'tenant', 'correlation_id', 'outcome', 'priority', 'pool'],
  ...['duration_ms', 'wait_ms', 'age_ms', 'dispatch', 'error_name', 'error_message'],
]);

/** Says in one or two readable lines what functions report; columns widen as longer job types turn up. */
export class LiveLog {
  readonly #options: LiveLogOptions;
  #typeWidth = 0;

  constructor(options: LiveLogOptions) {
    this.#options = options;
  }

  /** Undefined for what says nothing new. */
  line(event: LocalEvent): string | undefined {
    const text = this.#text(event);
    return text === undefined ? undefined : `${pc.dim(clockTime(event.time))} ${text}`;
  }

  #text(event: LocalEvent): string | undefined {
    if (event.type === 'schedule-failed') {
      const schedule = event.schedule.replace(/^.*:schedule\//, '');
      return pc.yellow(`! schedule  ${schedule}: ${event.message}`);
    }
    const name = this.#options.nameOf(event.function);
    switch (event.type) {
      case 'log': {
        const line = parse(event.line);
        if (line === undefined) return `  ${event.line}`;
        return line['message'] === LOG_LINES.settled ? this.#settled(line) : this.#other(line);
      }
      case 'timeout':
      case 'out-of-memory':
      case 'crash':
      case 'init-error':
        return pc.red(`! ${event.type.padEnd(OUTCOME_WIDTH)} ${name}: ${withoutRequestId(event.message)}`);
      case 'throttled':
        return pc.yellow(`! throttled ${name}: its reserved concurrency is in use`);
      case 'batch-failed':
        return toldElsewhere(event.message) ? undefined : pc.dim(`  ${name}: ${event.message}`);
      case 'poll-error':
      case 'records-discarded':
        return pc.dim(`  ${event.type} ${name}: ${event.message}`);
      case 'invoke-start':
      case 'invoke-end':
        return undefined;
    }
  }

  /** An attempt that ended, or a job that ended without one. */
  #settled(line: Line): string {
    const { outcome, attempt, tenant, priority } = line;
    const shown = OUTCOMES[String(outcome)] ?? ((text: string) => `  ${text}`);
    const facts = [
      Number(attempt) > 0 && `attempt ${attempt}`,
      priority,
      tenant,
      line['wait_ms'] !== undefined && `waited ${readable(Number(line['wait_ms']))}`,
      line['duration_ms'] !== undefined && `ran ${readable(Number(line['duration_ms']))}`,
    ].filter(Boolean);
    const head = `${shown(String(outcome).padEnd(OUTCOME_WIDTH))} ${this.#job(line)} ${pc.dim(facts.join(' · '))}`;
    return line['error_message'] ? `${head}\n${this.#error(line)}` : head;
  }

  #other(line: Line): string {
    const level = String(line['level'] ?? 'INFO');
    const shown = LEVELS[level] ?? ((text: string) => pc.dim(`  ${text}`));
    const fields = Object.entries(line)
      .filter(([key]) => !HIDDEN.has(key))
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    const parts = [
      shown(level.toLowerCase().padEnd(OUTCOME_WIDTH)),
      this.#job(line),
      line['message'],
      pc.dim(fields.join(' ')),
    ];
    const head = parts.filter(Boolean).join(' ');
    return line['error_message'] ? `${head}\n${this.#error(line)}` : head;
  }

  #job({ job_type: type, job_id: id }: Line): string {
    if (type === undefined) return '';
    this.#typeWidth = Math.max(this.#typeWidth, String(type).length);
    return `${pc.bold(String(type).padEnd(this.#typeWidth))} ${pc.dim(String(id))}`;
  }

  #error({ error_name: name, error_message: message }: Line): string {
    const text = name === undefined ? String(message) : `${name}: ${message}`;
    return pc.red(wrapped(text, { indent: INDENT, columns: this.#options.columns }));
  }
}

/** What a worker leaves it has given a reason for; the end of a sandbox is an event of its own. */
function toldElsewhere(message: string): boolean {
  return message === 'reported in batchItemFailures' || /^(Runtime|Sandbox)\./.test(message);
}

function withoutRequestId(message: string): string {
  return message.replace(/RequestId: \S+ (Error: )?/, '');
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
  const millis = String(ms % 1000).padStart(3, '0');
  return `${new Date(ms).toTimeString().slice(0, 8)}.${millis}`;
}
