import type { Target } from './schedule.ts';
import { invalid } from './service-error.ts';

/** The fields of SendMessage; AWS refuses a universal target's Input that has others, or lacks a required one. */
const SEND_MESSAGE = {
  required: ['QueueUrl', 'MessageBody'],
  optional: [
    'DelaySeconds',
    'MessageAttributes',
    'MessageDeduplicationId',
    'MessageGroupId',
    'MessageSystemAttributes',
  ],
} as const;

/** Where a schedule's events go. */
export type TargetKind = 'sqs:sendMessage' | 'queue' | 'function';

/** What an ARN names, of what is emulated. */
export function targetKind(arn: string): TargetKind | undefined {
  if (/^arn:aws[a-z-]*:scheduler:::aws-sdk:sqs:sendMessage$/.test(arn)) return 'sqs:sendMessage';
  if (/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}(\.fifo)?$/.test(arn)) return 'queue';
  if (/^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(arn)) return 'function';
  return undefined;
}

/** @throws ServiceError, a ValidationException, also for a target that AWS knows and this Scheduler does not */
export function checkTarget({ Arn, Input: input, SqsParameters: sqs }: Target): void {
  const kind = targetKind(Arn);
  if (kind === undefined) {
    throw invalid(
      `Provided Arn is not supported: ${Arn}. Emulated locally are the universal target aws-sdk:sqs:sendMessage, SQS queues and Lambda functions.`,
    );
  }
  if (kind === 'function' && input !== undefined) parse(input);
  if (kind === 'queue' && Arn.endsWith('.fifo') && sqs?.MessageGroupId === undefined) {
    throw invalid('A FIFO queue needs SqsParameters.MessageGroupId.');
  }
  if (kind === 'sqs:sendMessage') checkSendMessage(input);
}

function checkSendMessage(input: string | undefined): void {
  const request = input === undefined ? undefined : parse(input);
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw invalid('Invalid RequestJson provided. Reason Request payload is not a JSON object.');
  }
  const missing = SEND_MESSAGE.required.filter((field) => !(field in request));
  if (missing.length > 0) {
    throw invalid(
      `Invalid RequestJson provided. Reason Request payload is missing the following field(s): ${missing.join(', ')}.`,
    );
  }
  const known: readonly string[] = [...SEND_MESSAGE.required, ...SEND_MESSAGE.optional];
  const unknown = Object.keys(request).filter((field) => !known.includes(field));
  if (unknown.length > 0) {
    throw invalid(
      `Invalid RequestJson provided. Reason Request payload has unknown field(s): ${unknown.join(', ')}.`,
    );
  }
}

function parse(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw invalid('Invalid RequestJson provided. Reason Target.Input is not JSON.');
  }
}
