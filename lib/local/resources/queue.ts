import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { TemplateInvalidError } from '../errors.ts';
import { brief, isList, isObject, type Json, within } from '../template/index.ts';
import { physicalName } from './names.ts';
import type { PlannedQueue } from './plan.ts';
import type { Properties } from './properties.ts';
import type { CreatedResource, ResourceInput, ResourceType } from './resource-type.ts';

/** Properties that are attributes of CreateQueue under the same name, as text. */
const ATTRIBUTES = [
  'VisibilityTimeout',
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'SqsManagedSseEnabled',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
];

export const queue: ResourceType = {
  type: 'AWS::SQS::Queue',
  async create({ stack, logicalId, properties, plan }: ResourceInput): Promise<CreatedResource> {
    const fifo = properties.optionalBoolean('FifoQueue') ?? false;
    const suffix = fifo ? '.fifo' : '';
    const generated = physicalName({ stack, logicalId, maxLength: 80 - suffix.length, run: '' }) + suffix;
    const name = properties.optionalText('QueueName') ?? generated;
    const { region, account, partition } = plan.surroundings;
    const arn = `arn:${partition}:sqs:${region}:${account}:${name}`;
    const url = `${plan.sqsEndpoint}/${account}/${name}`;
    const attributes = attributesOf(properties);
    const redrive = properties.json('RedrivePolicy');
    if (redrive !== undefined) {
      checkRedrive({ redrive, arn, properties, queues: plan.queues });
      attributes['RedrivePolicy'] = asText(redrive);
    }
    const redriveAllow = properties.json('RedriveAllowPolicy');
    if (redriveAllow !== undefined) attributes['RedriveAllowPolicy'] = asText(redriveAllow);
    properties.withoutEffect('Tags');
    properties.refuseUnread();
    await plan.clients.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    plan.queues.set(arn, { arn, url, fifo, redriveAllow });
    return {
      ref: url,
      attributes: { Arn: arn, QueueName: name, QueueUrl: url },
      physicalName: name,
      arn,
      url,
    };
  },
};

function attributesOf(properties: Properties): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of ATTRIBUTES) {
    const value = properties.optionalText(name);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

interface RedriveOptions {
  readonly redrive: Json;
  readonly arn: string;
  readonly properties: Properties;
  readonly queues: ReadonlyMap<string, PlannedQueue>;
}

/** fauxqs stores both policies without a look at them: a wrong one would keep messages in the queue for ever. */
function checkRedrive({ redrive, arn, properties, queues }: RedriveOptions): void {
  const at = within(properties.at, 'RedrivePolicy');
  const target = isObject(redrive) ? redrive['deadLetterTargetArn'] : undefined;
  const deadLetters = typeof target === 'string' ? queues.get(target) : undefined;
  if (deadLetters === undefined) {
    throw new TemplateInvalidError({
      what: 'the dead-letter queue is not a queue of the started stacks',
      at,
      got: brief(redrive),
      fix: 'let deadLetterTargetArn name a queue of the app',
    });
  }
  const allow = deadLetters.redriveAllow;
  if (!isObject(allow)) return;
  const permission = allow['redrivePermission'];
  const sources = allow['sourceQueueArns'];
  if (permission === 'denyAll' || (permission === 'byQueue' && !(isList(sources) && sources.includes(arn)))) {
    throw new TemplateInvalidError({
      what: 'the dead-letter queue does not allow this queue to redrive to it',
      at,
      got: brief(allow),
      expected: `sourceQueueArns with ${arn}`,
      fix: 'add the queue to the RedriveAllowPolicy of its dead-letter queue',
    });
  }
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
