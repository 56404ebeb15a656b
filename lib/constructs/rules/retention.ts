import { AWS_LIMITS } from '../defaults.ts';
import { checkRange, isKnown } from './known.ts';
import { StackRuleError } from './stack-rule-error.ts';

/** Seconds each; undefined where a token hides the number. */
export interface Retentions {
  readonly queue: number | undefined;
  readonly deadLetter: number | undefined;
  readonly record: number | undefined;
  readonly deadRecord: number | undefined;
}

/**
 * Records outlive every message, also one that EventBridge Scheduler sends at the last moment of the day it tries for, and dead letters outlive the queue they came from.
 *
 * @throws {StackRuleError} `dead-letter-retention`, `record-retention`, `out-of-range`
 */
export function checkRetentions({ queue, deadLetter, record, deadRecord }: Retentions): void {
  const { minRetention: min, maxRetention: max } = AWS_LIMITS;
  checkRange({ option: 'queueRetention', value: queue, min, max, unit: 's' });
  checkRange({ option: 'deadLetterRetention', value: deadLetter, min, max, unit: 's' });
  if (!isKnown(queue) || !isKnown(deadLetter)) return;
  if (deadLetter <= queue) {
    throw new StackRuleError({
      rule: 'dead-letter-retention',
      what: 'The dead-letter queues keep messages no longer than the queues do',
      got: `deadLetterRetention ${days(deadLetter)}, queueRetention ${days(queue)}`,
      expected: `a deadLetterRetention over ${days(queue)}: a message keeps the age it had when it is moved`,
      fix: 'raise deadLetterRetention, or lower queueRetention',
      context: { queue, deadLetter },
    });
  }
  for (const [option, value] of [
    ['retention', record],
    ['deadRetention', deadRecord],
  ] as const) {
    const longest = queue + deadLetter + AWS_LIMITS.maxEventAge;
    if (!isKnown(value) || value > longest) continue;
    throw new StackRuleError({
      rule: 'record-retention',
      what: 'A record of an ended job may be gone while a message of it is still on its way',
      got: `${option} ${days(value)}`,
      expected: `over ${days(longest)} (queueRetention ${days(queue)} + deadLetterRetention ${days(deadLetter)} + the day that EventBridge Scheduler tries for)`,
      fix: `raise ${option}, or shorten the queues' retentions`,
      context: { option, value, queue, deadLetter },
    });
  }
}

/**
 * A message that is received again and again reaches the dead-letter queue before it expires: in half the queue's
 * retention, so that time waited in line does not matter.
 *
 * @param visibility seconds
 * @param retention seconds
 * @throws {StackRuleError} `receive-count`, `out-of-range`
 */
export function checkReceiveCount(options: {
  queue: string;
  maxReceiveCount: number;
  visibility: number;
  retention: number | undefined;
}): void {
  const { queue, maxReceiveCount, visibility, retention } = options;
  checkRange({ option: 'maxReceiveCount', value: maxReceiveCount, min: 1, max: AWS_LIMITS.maxReceiveCount });
  if (!isKnown(maxReceiveCount) || !isKnown(retention)) return;
  const longest = maxReceiveCount * visibility;
  if (longest <= retention / 2) return;
  throw new StackRuleError({
    rule: 'receive-count',
    what: `A message of ${queue} may expire before it has been received often enough for the dead-letter queue`,
    got: `maxReceiveCount ${maxReceiveCount} × visibility timeout ${visibility} s = ${days(longest)}`,
    expected: `at most half of queueRetention, ${days(retention / 2)}`,
    fix: 'lower maxReceiveCount, shorten the timeouts, or raise queueRetention',
    context: { queue, maxReceiveCount, visibility, retention },
  });
}

function days(seconds: number): string {
  return seconds % 86_400 === 0 ? `${seconds / 86_400} days` : `${seconds} s`;
}
