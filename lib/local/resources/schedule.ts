import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  type Target,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { TemplateInvalidError } from '../errors.ts';
import { physicalName } from './names.ts';
import type { Properties } from './properties.ts';
import type { ResourceType } from './resource-type.ts';

/** AWS: CreateSchedule and CreateScheduleGroup, Name. */
const NAME_LENGTH = 64;

export const scheduleGroup: ResourceType = {
  type: 'AWS::Scheduler::ScheduleGroup',
  async create({ stack, logicalId, properties, plan }) {
    const Name =
      properties.optionalText('Name') ?? physicalName({ stack, logicalId, maxLength: NAME_LENGTH, run: '' });
    properties.withoutEffect('Tags').refuseUnread();
    const { ScheduleGroupArn: arn = '' } = await sent(properties, () =>
      plan.clients.scheduler.send(new CreateScheduleGroupCommand({ Name })),
    );
    return { ref: Name, attributes: { Arn: arn, State: 'ACTIVE' }, physicalName: Name, arn };
  },
};

export const schedule: ResourceType = {
  type: 'AWS::Scheduler::Schedule',
  async create({ stack, logicalId, properties, plan }) {
    const Name =
      properties.optionalText('Name') ?? physicalName({ stack, logicalId, maxLength: NAME_LENGTH, run: '' });
    const window = properties.object('FlexibleTimeWindow');
    const input = {
      Name,
      GroupName: properties.optionalText('GroupName'),
      ScheduleExpression: properties.text('ScheduleExpression'),
      ScheduleExpressionTimezone: properties.optionalText('ScheduleExpressionTimezone'),
      StartDate: date(properties, 'StartDate'),
      EndDate: date(properties, 'EndDate'),
      State: properties.optionalChoice('State', ['ENABLED', 'DISABLED']),
      FlexibleTimeWindow: {
        Mode: window.choice('Mode', ['OFF', 'FLEXIBLE']),
        MaximumWindowInMinutes: window.optionalNumber('MaximumWindowInMinutes'),
      },
      Target: targetOf(properties.object('Target')),
    };
    properties.withoutEffect('Description', 'KmsKeyArn').refuseUnread();
    const { ScheduleArn: arn = '' } = await sent(properties, () =>
      plan.clients.scheduler.send(new CreateScheduleCommand(input)),
    );
    return { ref: Name, attributes: { Arn: arn }, physicalName: Name, arn };
  },
};

function targetOf(target: Properties): Target {
  const retry = target.optionalObject('RetryPolicy');
  const deadLetters = target.optionalObject('DeadLetterConfig');
  const sqs = target.optionalObject('SqsParameters');
  return {
    Arn: target.text('Arn'),
    RoleArn: target.text('RoleArn'),
    Input: target.optionalText('Input'),
    ...(retry && {
      RetryPolicy: {
        MaximumEventAgeInSeconds: retry.optionalNumber('MaximumEventAgeInSeconds'),
        MaximumRetryAttempts: retry.optionalNumber('MaximumRetryAttempts'),
      },
    }),
    ...(deadLetters && { DeadLetterConfig: { Arn: deadLetters.optionalText('Arn') } }),
    ...(sqs && { SqsParameters: { MessageGroupId: sqs.optionalText('MessageGroupId') } }),
  };
}

function date(properties: Properties, name: string): Date | undefined {
  const text = properties.optionalText(name);
  return text === undefined ? undefined : new Date(text);
}

/** What CloudFormation would pass on of the service's refusal. */
async function sent<T>({ at }: Properties, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    throw new TemplateInvalidError({
      what: 'EventBridge Scheduler refuses this',
      at,
      got: error.message,
      fix: 'mend it in the app',
    });
  }
}
