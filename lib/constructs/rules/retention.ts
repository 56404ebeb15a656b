import { LIMITS } from '../../contract/index.ts';
import { AWS_LIMITS } from '../defaults.ts';
import { checkRange, isKnown } from './known.ts';
import { StackRuleError } from './stack-rule-error.ts';

/**
 * The least that a queue keeps messages, in seconds: the longest delay of SQS, 900 s; one visibility timeout, which
 * `checkReceiveCount` holds to half of the retention; and as long again as that delay to be received.
 */
const LEAST_QUEUE_RETENTION = 3_600;

/** Seconds each; undefined where a token hides the number. */
export interface Retentions {
  readonly queue: number | undefined;
  readonly deadLetter: number | undefined;
  readonly record: number | undefined;
  readonly deadRecord: number | undefined;
}

/**
 * Messages outlive Millrace's own delays. Records outlive every message, also one that EventBridge Scheduler sends at the last moment of the day it tries for, and dead letters outlive the queue they came from.
 *
 * @throws {StackRuleError} `queue-retention`, `dead-letter-retention`, `record-retention`, `out-of-range`
 */
export function checkRetentions({ queue, deadLetter, record, deadRecord }: Retentions): void {
  const { minRetention: min, maxRetention: max } = AWS_LIMITS;
  checkRange({ option: 'queueRetention', value: queue, min, max, unit: 's' });
  checkRange({ option: 'deadLetterRetention', value: deadLetter, min, max, unit: 's' });
  if (isKnown(queue) && queue < LEAST_QUEUE_RETENTION) {
    throw new StackRuleError({
      rule: 'queue-retention',
      what: 'A message that SQS delays may expire before a worker has had it',
      got: `queueRetention ${days(queue)}`,
      expected: `at least ${LEAST_QUEUE_RETENTION} s: a message's age counts from when it was sent, and Millrace delays messages by up to ${LIMITS.sqsDelay / 1000} s`,
      fix: `raise queueRetention to ${LEAST_QUEUE_RETENTION} s at least, and to the longest time that a queue may be paused or behind`,
      context: { queue },
    });
  }
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
