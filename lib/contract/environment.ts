import * as v from 'valibot';
import { EnvironmentError } from './input-errors.ts';
import { PRIORITIES, type Priority } from './priority.ts';

/**
 * Every environment variable of Millrace's functions and of producers. The stack sets them by these names and the
 * functions read them by these names.
 */
export const ENV = {
  table: 'MILLRACE_TABLE_NAME',
  /** JSON: pool → priority → queue URL. */
  queues: 'MILLRACE_QUEUES',
  pool: 'MILLRACE_POOL',
  /** Jobs of one batch that run at the same time. */
  concurrency: 'MILLRACE_CONCURRENCY',
  /** Seconds that the record of an ended job is kept. */
  retention: 'MILLRACE_RETENTION_SECONDS',
  /** Seconds that the record of a dead job is kept. */
  deadRetention: 'MILLRACE_DEAD_RETENTION_SECONDS',
  /** Seconds that a message can exist at most: on a one-time schedule, in a queue, then in its dead-letter queue. */
  messageRetention: 'MILLRACE_MESSAGE_RETENTION_SECONDS',
  /** JSON: pool → priority → UUID of the event source mapping that feeds the worker. */
  eventSources: 'MILLRACE_EVENT_SOURCES',
  /** JSON: pool → priority → URL of the dead-letter queue. */
  deadLetterQueues: 'MILLRACE_DEAD_LETTER_QUEUES',
  /** The group of the one-time schedules, one for each dispatch that is over 15 minutes away. */
  oneTimeGroup: 'MILLRACE_ONE_TIME_GROUP',
  /** The group of the schedules that are made at run time. */
  scheduleGroup: 'MILLRACE_SCHEDULE_GROUP',
  /** The role that EventBridge Scheduler sends by. */
  schedulerRole: 'MILLRACE_SCHEDULER_ROLE_ARN',
  /** The queue for what EventBridge Scheduler could not send. */
  schedulerDeadLetters: 'MILLRACE_SCHEDULER_DEAD_LETTERS_ARN',
} as const;

/**
 * The stack outputs that clients and operators are configured from: the output `MillraceTableName` is the variable
 * `MILLRACE_TABLE_NAME`, and so on.
 */
export const OUTPUTS = {
  table: 'MillraceTableName',
  queues: 'MillraceQueues',
  eventSources: 'MillraceEventSources',
  deadLetterQueues: 'MillraceDeadLetterQueues',
  oneTimeGroup: 'MillraceOneTimeGroup',
  retention: 'MillraceRetentionSeconds',
  deadRetention: 'MillraceDeadRetentionSeconds',
} as const satisfies Partial<Record<keyof typeof ENV, string>>;

/**
 * What each kind of function reads: it passes its list to `readEnvironment`, and the stack sets the same list and checks
 * it when it is synthesised.
 */
export const FUNCTION_ENVIRONMENT = {
  worker: ['table', 'queues', 'pool', 'concurrency', 'retention', 'deadRetention'],
  lifecycle: [
    ...(['table', 'queues', 'deadRetention'] as const),
    ...(['oneTimeGroup', 'scheduleGroup', 'schedulerRole', 'schedulerDeadLetters'] as const),
  ],
  recorder: ['table', 'retention', 'deadRetention'],
  sweeper: ['table', 'retention', 'deadRetention', 'messageRetention'],
  producer: ['table', 'queues', 'retention', 'deadRetention'],
  operator: [
    ...(['table', 'queues', 'eventSources', 'deadLetterQueues', 'oneTimeGroup'] as const),
    ...(['retention', 'deadRetention'] as const),
  ],
} as const satisfies Record<string, readonly (keyof typeof ENV)[]>;

export type FunctionKind = keyof typeof FUNCTION_ENVIRONMENT;

/** Queue URLs by pool and priority. A pool may lack a priority that none of its job types uses. */
export type QueueUrls = Readonly<Record<string, Readonly<Partial<Record<Priority, string>>>>>;

/** UUIDs of event source mappings by pool and priority. */
export type EventSources = QueueUrls;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value for each queue: pool → priority → value. */
function forEachQueue<S extends v.GenericSchema<string>>(value: S) {
  const pool = v.pipe(
    v.record(v.picklist(PRIORITIES), value),
    v.check((queues) => Object.keys(queues).length > 0, 'a pool has at least one queue'),
  );
  return v.pipe(
    v.record(v.string(), pool),
    v.check((pools) => Object.keys(pools).length > 0, 'there is at least one pool'),
  );
}

const QueueUrlsSchema = forEachQueue(v.pipe(v.string(), v.url()));
const EventSourcesSchema = forEachQueue(v.pipe(v.string(), v.nonEmpty()));

const READERS = {
  table: (text: string) => text,
  queues: (text: string): QueueUrls => v.parse(QueueUrlsSchema, JSON.parse(text)),
  pool: (text: string) => text,
  concurrency: positiveInteger,
  retention: positiveInteger,
  deadRetention: positiveInteger,
  messageRetention: positiveInteger,
  eventSources: (text: string): EventSources => v.parse(EventSourcesSchema, JSON.parse(text)),
  deadLetterQueues: (text: string): QueueUrls => v.parse(QueueUrlsSchema, JSON.parse(text)),
  oneTimeGroup: (text: string) => text,
  scheduleGroup: (text: string) => text,
  schedulerRole: (text: string) => text,
  schedulerDeadLetters: (text: string) => text,
} as const;

const EXPECTED: Record<keyof typeof ENV, string> = {
  table: 'the name of the job table',
  queues: 'JSON such as {"default":{"normal":"https://sqs.eu-west-1.amazonaws.com/123456789012/name"}}',
  pool: 'the name of a pool',
  concurrency: 'a whole number from 1',
  retention: 'seconds, a whole number from 1',
  deadRetention: 'seconds, a whole number from 1',
  messageRetention: 'seconds, a whole number from 1',
  eventSources: 'JSON such as {"default":{"normal":"0e4fd3a1-..."}}',
  deadLetterQueues:
    'JSON such as {"default":{"normal":"https://sqs.eu-west-1.amazonaws.com/123456789012/name"}}',
  oneTimeGroup: 'the name of a schedule group',
  scheduleGroup: 'the name of a schedule group',
  schedulerRole: 'the ARN of a role',
  schedulerDeadLetters: 'the ARN of a queue',
};

type Values<K extends keyof typeof ENV> = { readonly [Key in K]: ReturnType<(typeof READERS)[Key]> };

/**
 * Reads the named variables, all at once, so that one error names everything that is wrong.
 *
 * @throws {EnvironmentError} naming each variable that is missing or cannot be read
 */
export function readEnvironment<K extends keyof typeof ENV>(env: Environment, keys: readonly K[]): Values<K> {
  const values: Partial<Record<K, unknown>> = {};
  const problems: string[] = [];
  for (const key of keys) {
    const text = env[ENV[key]];
    if (text === undefined || text === '') {
      problems.push(`${ENV[key]} is not set (${EXPECTED[key]})`);
      continue;
    }
    try {
      values[key] = READERS[key](text);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      problems.push(
        `${ENV[key]} is ${JSON.stringify(text.slice(0, 120))}: ${reason} (expected ${EXPECTED[key]})`,
      );
    }
  }
  if (problems.length === 0) return values as Values<K>;
  throw new EnvironmentError({
    what: 'The environment is not complete',
    got: problems.join('; '),
    expected: `${keys.map((key) => ENV[key]).join(', ')}`,
    fix: 'call millrace.connect(fn) for a function of the stack, or set the variables from the stack outputs',
    context: { problems },
  });
}

/** Milliseconds that records are kept, as far as the environment says: an imported stack may not tell. */
export function readRetentions(env: Environment): { retention?: number; deadRetention?: number } {
  const known = (['retention', 'deadRetention'] as const).filter((key) => env[ENV[key]]);
  const seconds = Object.entries(readEnvironment(env, known));
  return Object.fromEntries(seconds.map(([key, value]) => [key, value * 1_000]));
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError('not a whole number from 1');
  return value;
}
