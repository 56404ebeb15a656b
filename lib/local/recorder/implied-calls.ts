import type { EventSource, Plan, PlannedFunction } from '../resources/index.ts';
import type { Asked } from '../scheduler/index.ts';
import type { RecordedCall, Requirement } from './recorded-call.ts';

/**
 * What Lambda itself does with a function's role, by
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, …/with-ddb.html and …/monitoring-cloudwatchlogs.html.
 * The local pollers use no role, so these calls are stated, not observed.
 */
export function impliedCalls(plan: Plan): RecordedCall[] {
  const logs = [...plan.functions.values()].flatMap((each) => logCalls(plan, each));
  const sources = plan.eventSources.flatMap((source) => {
    const owner = plan.functions.get(source.functionName);
    return owner === undefined ? [] : sourceCalls(plan, owner, source);
  });
  return [...logs, ...sources];
}

function logCalls(plan: Plan, owner: PlannedFunction): RecordedCall[] {
  const { partition, region, account } = plan.surroundings;
  const group = owner.environment['AWS_LAMBDA_LOG_GROUP_NAME'] ?? `/aws/lambda/${owner.name}`;
  const resource = `arn:${partition}:logs:${region}:${account}:log-group:${group}:log-stream:local`;
  return ['CreateLogStream', 'PutLogEvents'].map((operation) =>
    implied({ owner, source: 'runtime', requirement: { action: `logs:${operation}`, resource } }),
  );
}

function sourceCalls(plan: Plan, owner: PlannedFunction, source: EventSource): RecordedCall[] {
  const requirement = (action: string, resource: string) =>
    implied({ owner, source: 'event-source', requirement: { action, resource } });
  if ('queueArn' in source) {
    return ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((operation) =>
      requirement(`sqs:${operation}`, source.queueArn),
    );
  }
  const calls = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((operation) =>
    requirement(`dynamodb:${operation}`, source.streamArn),
  );
  const failures = [...plan.queues.values()].find((queue) => queue.url === source.onFailureQueueUrl);
  return failures === undefined ? calls : [...calls, requirement('sqs:SendMessage', failures.arn)];
}

/** What Scheduler does for schedules. */
export function scheduleCalls(asked: readonly Asked[]): RecordedCall[] {
  return asked.map(({ roleArn, action, resource }) => {
    const [service = '', operation = ''] = action.split(':');
    return { roleArn, source: 'schedule', service, operation, requires: [{ action, resource }] };
  });
}

interface Implied {
  readonly owner: PlannedFunction;
  readonly source: RecordedCall['source'];
  readonly requirement: Requirement;
}

function implied({ owner, source, requirement }: Implied): RecordedCall {
  const [service = '', operation = ''] = requirement.action.split(':');
  return {
    functionName: owner.name,
    logicalId: owner.logicalId,
    source,
    service,
    operation,
    requires: [requirement],
  };
}
