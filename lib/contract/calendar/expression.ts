import { InvalidOptionError } from '../input-errors.ts';
import { shown } from '../shown.ts';
import { type AtExpression, parseAt } from './at.ts';
import { type CronExpression, parseCron } from './cron.ts';
import { parseRate, type RateExpression } from './rate.ts';

/** When a schedule fires: once, at a steady pace, or by the calendar. */
export type Expression = CronExpression | RateExpression | AtExpression;

/** AWS: CreateSchedule, ScheduleExpression, 1 to 256 characters. */
const LONGEST = 256;

const FORMS =
  "'cron(minutes hours day-of-month month day-of-week year)', 'rate(value unit)' or 'at(yyyy-mm-ddThh:mm:ss)'";

/**
 * Reads an expression as EventBridge Scheduler does, and refuses what its user guide does not allow
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html).
 *
 * Where AWS's pages disagree or say nothing, the stricter reading holds if the same can be written another way: six
 * fields (the guide calls the year optional, the API reference does not), names in capitals, no range that wraps.
 *
 * @param text `cron(...)`, `rate(...)` or `at(...)`
 * @param option how an error names the expression; 'expression' by default
 * @throws {InvalidOptionError} says which part is wrong and what may stand there
 */
export function parseExpression(text: string, option = 'expression'): Expression {
  const match = typeof text === 'string' ? /^(cron|rate|at)\((.*)\)$/.exec(text) : null;
  if (!match || text.length > LONGEST) {
    throw new InvalidOptionError({
      option,
      got: shown(text),
      expected: `${FORMS}, at most ${LONGEST} characters`,
    });
  }
  const body = { text, inner: match[2] as string, option };
  if (match[1] === 'cron') return parseCron(body);
  return match[1] === 'rate' ? parseRate(body) : parseAt(body);
}
