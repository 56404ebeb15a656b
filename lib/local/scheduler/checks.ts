import * as v from 'valibot';
import { checkTimeZone, type Expression, firings, parseExpression } from '../../contract/calendar/index.ts';
import { InvalidOptionError } from '../../contract/index.ts';
import type { ScheduleSettings } from './schedule.ts';
import { invalid } from './service-error.ts';
import { checkTarget } from './target-arn.ts';

// Ranges and patterns: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html and the types
// that it names.
const text = (min: number, max: number) => v.pipe(v.string(), v.minLength(min), v.maxLength(max));
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const arn = (pattern: RegExp) => v.pipe(text(1, 1600), v.regex(pattern));

export const NAME = v.pipe(v.string(), v.regex(/^[0-9a-zA-Z\-_.]{1,64}$/));
export const CLIENT_TOKEN = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9\-_]{1,64}$/));
export const TAGS = v.pipe(v.array(v.object({ Key: text(1, 128), Value: text(0, 256) })), v.maxLength(200));
/** AWS: DeadLetterConfig, Arn. A FIFO queue's name ends in '.fifo', which the pattern does not allow. */
const QUEUE_ARN = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]+$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[0-9a-zA-Z-_]*$/;

const TARGET = v.object({
  Arn: text(1, 1600),
  RoleArn: arn(ROLE_ARN),
  Input: v.optional(v.pipe(v.string(), v.minLength(1))),
  SqsParameters: v.optional(v.object({ MessageGroupId: v.optional(text(1, 128)) })),
  RetryPolicy: v.optional(
    v.object({
      MaximumEventAgeInSeconds: v.optional(whole(60, 86_400), 86_400),
      MaximumRetryAttempts: v.optional(whole(0, 185), 185),
    }),
    {},
  ),
  DeadLetterConfig: v.optional(v.object({ Arn: v.optional(arn(QUEUE_ARN)) })),
});

const SETTINGS = v.object({
  ScheduleExpression: text(1, 256),
  ScheduleExpressionTimezone: v.optional(text(1, 50), 'UTC'),
  StartDate: v.optional(v.number()),
  EndDate: v.optional(v.number()),
  Description: v.optional(text(0, 512)),
  KmsKeyArn: v.optional(arn(KEY_ARN)),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED']), 'ENABLED'),
  ActionAfterCompletion: v.optional(v.picklist(['NONE', 'DELETE']), 'NONE'),
  FlexibleTimeWindow: v.object({
    Mode: v.picklist(['OFF', 'FLEXIBLE']),
    MaximumWindowInMinutes: v.optional(whole(1, 1_440)),
  }),
  Target: TARGET,
});

/** AWS: Scheduler quotas, "Maximum payload size", 256 KB. */
const INPUT_BYTES = 262_144;
/** What AWS's own refusal says. */
const START_GRACE_MS = 5 * 60_000;

/** @throws ServiceError, a ValidationException that names the field */
export function check<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  field?: string,
): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  const [issue] = issues;
  const path = v.getDotPath(issue) ?? field ?? 'request';
  throw invalid(
    `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${issue.message}`,
  );
}

/**
 * What CreateSchedule and UpdateSchedule take, checked as AWS checks it, as far as its pages say.
 *
 * @param now milliseconds since the epoch
 * @throws ServiceError, a ValidationException
 */
export function checkSchedule(
  body: unknown,
  now: number,
): { settings: ScheduleSettings; expression: Expression } {
  const settings: ScheduleSettings = check(SETTINGS, body);
  const { Mode, MaximumWindowInMinutes: window } = settings.FlexibleTimeWindow;
  if ((Mode === 'FLEXIBLE') !== (window !== undefined)) {
    throw invalid(
      'MaximumWindowInMinutes must be set with a FlexibleTimeWindow of mode FLEXIBLE, and only then.',
    );
  }
  const { Input: input = '' } = settings.Target;
  if (Buffer.byteLength(input) > INPUT_BYTES) {
    throw invalid(`Target.Input has ${Buffer.byteLength(input)} bytes, more than ${INPUT_BYTES}.`);
  }
  checkTarget(settings.Target);
  return { settings, expression: checkTimes(settings, now) };
}

function checkTimes(settings: ScheduleSettings, now: number): Expression {
  const { StartDate: start, EndDate: end, ScheduleExpressionTimezone: timeZone } = settings;
  const expression = readExpression(settings);
  if (expression.kind === 'at') {
    const [later] = firings(expression, { timeZone, from: new Date(now), limit: 1 });
    if (later === undefined) {
      throw invalid(`Invalid Schedule Expression ${expression.text}. It lies in the past.`);
    }
    return expression;
  }
  if (start !== undefined && start * 1000 < now - START_GRACE_MS) {
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  }
  if (end !== undefined && end * 1000 <= Math.max(now, (start ?? 0) * 1000)) {
    throw invalid('The EndDate you specify must be later than now and than the StartDate.');
  }
  return expression;
}

function readExpression(settings: ScheduleSettings): Expression {
  try {
    checkTimeZone(settings.ScheduleExpressionTimezone, 'ScheduleExpressionTimezone');
    return parseExpression(settings.ScheduleExpression, 'ScheduleExpression');
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    throw invalid(`Invalid Schedule Expression ${settings.ScheduleExpression}. ${error.message}`);
  }
}
