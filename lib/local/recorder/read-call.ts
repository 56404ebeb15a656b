import type { Json } from '../template/index.ts';
import { dynamodbRequirements } from './dynamodb-calls.ts';
import { lambdaCall } from './lambda-calls.ts';
import type { ArnBook, RecordedCall, WireRequest } from './recorded-call.ts';
import { s3Call } from './s3-calls.ts';
import { schedulerCall } from './scheduler-calls.ts';
import { sqsRequirements } from './sqs-calls.ts';

export type CallShape = Pick<RecordedCall, 'service' | 'operation' | 'requires'>;

/** What a request asks for, and which permissions IAM would want for it. */
export function readCall(options: { service: string; request: WireRequest; arns: ArnBook }): CallShape {
  const { service, request, arns } = options;
  if (service === 's3') return { service, ...s3Call({ request, arns }) };
  if (service === 'lambda') return { service, ...lambdaCall({ request, arns }) };
  if (service === 'scheduler') return { service, ...schedulerCall({ request, arns }) };
  const operation =
    request.target?.split('.').at(-1) ?? new URLSearchParams(request.body).get('Action') ?? 'Unknown';
  if (request.target === undefined) {
    return { service, operation, requires: [{ action: `${service}:${operation}`, resource: '*' }] };
  }
  const body = JSON.parse(request.body === '' ? '{}' : request.body) as Json;
  if (service === 'sqs') return { service, operation, requires: sqsRequirements({ operation, body, arns }) };
  return { service, operation, requires: dynamodbRequirements({ operation, body, arns }) };
}
