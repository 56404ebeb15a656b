import { TemplateInvalidError } from '../errors.ts';
import { type Json, within } from '../template/index.ts';
import { functionNamed } from './function-version.ts';
import { announce, type Plan, type PlannedQueue } from './plan.ts';
import type { Properties } from './properties.ts';
import type { CreatedResource, ResourceInput, ResourceType } from './resource-type.ts';

/** Defaults of https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const SQS_BATCH_SIZE = 10;
const STREAM_BATCH_SIZE = 100;
const NO_LIMIT = -1;

export const eventSourceMapping: ResourceType = {
  type: 'AWS::Lambda::EventSourceMapping',
  create(input: ResourceInput): CreatedResource {
    const { stack, logicalId, properties, plan } = input;
    const source = properties.text('EventSourceArn');
    const queue = plan.queues.get(source);
    if (queue !== undefined) addQueue(input, queue);
    else if (plan.streams.has(source)) addStream(input, source);
    else throw unknownSource(properties, source);
    properties.withoutEffect('KmsKeyArn', 'LoggingConfig', 'MetricsConfig', 'Tags').refuseUnread();
    const { region, account, partition } = plan.surroundings;
    const id = `${stack}-${logicalId}`;
    const arn = `arn:${partition}:lambda:${region}:${account}:event-source-mapping:${id}`;
    return { ref: id, attributes: { Id: id, EventSourceMappingArn: arn }, physicalName: id, arn };
  },
};

function addQueue({ stack, logicalId, properties, plan }: ResourceInput, queue: PlannedQueue): void {
  if (queue.fifo) {
    throw properties.unsupported('EventSourceArn', {
      got: queue.arn,
      expected: 'a standard queue',
      fix: 'use a standard queue: the pollers do not keep the order of message groups',
    });
  }
  if (properties.has('FilterCriteria')) {
    throw properties.unsupported('FilterCriteria', {
      expected: 'no filter on a queue: Lambda deletes the messages that do not match',
      fix: 'decide in the handler which messages to drop',
    });
  }
  if (properties.has('ProvisionedPollerConfig')) {
    announce(plan, 'Provisioned pollers do not exist: mappings poll as those without', logicalId);
  }
  plan.eventSources.push({
    ...common(stack, logicalId, properties, plan),
    queueUrl: queue.url,
    queueArn: queue.arn,
    batchSize: properties.optionalNumber('BatchSize') ?? SQS_BATCH_SIZE,
    maximumConcurrency: properties.optionalObject('ScalingConfig')?.optionalNumber('MaximumConcurrency'),
  });
}

function addStream({ stack, logicalId, properties, plan }: ResourceInput, streamArn: string): void {
  const parallel = properties.optionalNumber('ParallelizationFactor') ?? 1;
  if (parallel !== 1) announce(plan, 'Stream shards are followed one batch at a time', logicalId);
  plan.eventSources.push({
    ...common(stack, logicalId, properties, plan),
    streamArn,
    batchSize: properties.optionalNumber('BatchSize') ?? STREAM_BATCH_SIZE,
    startingPosition: properties.choice('StartingPosition', ['LATEST', 'TRIM_HORIZON']),
    bisect: properties.optionalBoolean('BisectBatchOnFunctionError') ?? false,
    maximumRetryAttempts: properties.optionalNumber('MaximumRetryAttempts') ?? NO_LIMIT,
    maximumRecordAgeSeconds: properties.optionalNumber('MaximumRecordAgeInSeconds') ?? NO_LIMIT,
    onFailureQueueUrl: onFailureQueue(properties, plan),
    filters: filtersOf(properties),
  });
}

function common(stack: string, logicalId: string, properties: Properties, plan: Plan) {
  return {
    id: `${stack}-${logicalId}`,
    functionName: functionNamed({ properties, plan }).name,
    batchWindowSeconds: properties.optionalNumber('MaximumBatchingWindowInSeconds') ?? 0,
    reportBatchItemFailures: properties.texts('FunctionResponseTypes').includes('ReportBatchItemFailures'),
    enabled: properties.optionalBoolean('Enabled') ?? true,
  };
}

function onFailureQueue(properties: Properties, plan: Plan): string | undefined {
  const onFailure = properties.optionalObject('DestinationConfig')?.optionalObject('OnFailure');
  const destination = onFailure?.optionalText('Destination');
  if (onFailure === undefined || destination === undefined) return undefined;
  const queue = plan.queues.get(destination);
  if (queue !== undefined) return queue.url;
  throw onFailure.unsupported('Destination', {
    got: destination,
    expected: 'an SQS queue of the started stacks',
    fix: 'send failed records to a queue (SqsDlq)',
  });
}

function filtersOf(properties: Properties): Json[] {
  const filters = properties.optionalObject('FilterCriteria')?.objects('Filters') ?? [];
  return filters.map((filter) => {
    const pattern = filter.text('Pattern');
    try {
      return JSON.parse(pattern) as Json;
    } catch {
      throw new TemplateInvalidError({
        what: 'a filter pattern is not JSON',
        at: within(filter.at, 'Pattern'),
        got: pattern,
        fix: 'build it by FilterCriteria.filter',
      });
    }
  });
}

function unknownSource(properties: Properties, source: string) {
  return properties.unsupported('EventSourceArn', {
    got: source,
    expected: 'an SQS queue or the stream of a DynamoDB table of the started stacks',
    fix: 'start the stack that holds the source, or leave the mapping out where the app runs locally',
  });
}
