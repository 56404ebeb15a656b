import {
  checkLevels,
  firings,
  PayloadInvalidError,
  parseExpression,
  parseNow,
  type Schedule,
  tickInput,
  tickSource,
} from '../../contract/index.ts';
import { StackRuleError } from './stack-rule-error.ts';

/** How many firings an error or a list shows. */
const SHOWN = 5;

/**
 * Whether a schedule has firings ahead, or had some and has none any more.
 *
 * @param now milliseconds since the epoch
 * @throws {StackRuleError} `schedule-never-fires` for one that never did and never will, with what its expression alone does
 */
export function checkFires(schedule: Schedule, now: number): 'ahead' | 'over' {
  const { name, expression: text, timeZone } = schedule;
  const expression = parseExpression(text);
  const [startAt, endAt] = [schedule.startAt, schedule.endAt].map((time) =>
    time === undefined ? undefined : new Date(time),
  );
  const within = { timeZone, startAt, endAt, limit: 1 };
  if (firings(expression, { ...within, from: new Date(now) }).length > 0) return 'ahead';
  if (firings(expression, { ...within, from: new Date(0) }).length > 0) return 'over';
  const alone = firings(expression, { timeZone, from: startAt ?? new Date(now), limit: SHOWN });
  throw new StackRuleError({
    rule: 'schedule-never-fires',
    what: `The schedule '${name}' never fires`,
    got: `${text} in ${timeZone}${bound(', from', startAt)}${bound(', until', endAt)}`,
    expected:
      alone.length > 0
        ? `a firing in that time: the next five of the expression are ${alone.map((date) => date.toISOString()).join(', ')}`
        : 'an expression that names a day that there is, before the year 2200',
    fix:
      alone.length > 0
        ? 'move startAt or endAt, or change the expression'
        : 'change the day, the month or the year of the expression',
    context: { schedule: name, expression: text },
  });
}

function bound(word: string, date: Date | undefined): string {
  return date ? `${word} ${date.toISOString()}` : '';
}

/**
 * The payload of a schedule, as JSON has it, fits the schema of its job type, and Scheduler takes it. A schema that answers
 * asynchronously is not waited for: a constructor cannot. The payload is checked at every tick in any case.
 *
 * @throws {StackRuleError} `schedule-payload`
 */
export function checkPayload(schedule: Schedule): void {
  const { name, job, payload } = schedule;
  try {
    const json = JSON.stringify(payload);
    if (json === undefined) {
      const issues = [{ path: '', message: `${typeof payload} has no form in JSON` }];
      throw new PayloadInvalidError({ type: job.name, issues });
    }
    checkLevels(job.name, json);
    parseNow(job.schema, JSON.parse(json), job.name);
    tickInput({ ...tickSource(schedule), queueUrl: LONGEST_URL });
  } catch (error) {
    throw new StackRuleError({
      rule: 'schedule-payload',
      what: `The payload of the schedule '${name}' is not one of a '${job.name}' job`,
      got: error instanceof Error ? error.message : String(error),
      expected: 'a JSON value that the schema accepts, and that a schedule can carry',
      fix: 'change the payload in defineSchedule; what is large belongs into S3, and its key into the payload',
      context: { schedule: name, job: job.name },
    });
  }
}

/** SQS: a queue's name has at most 80 characters; the Region and the account go before it. */
const LONGEST_URL = `https://sqs.ap-southeast-1.amazonaws.com.cn/123456789012/${'q'.repeat(80)}`;
