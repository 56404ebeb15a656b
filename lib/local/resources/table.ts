import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  type KeySchemaElement,
  type Projection,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { TemplateInvalidError } from '../errors.ts';
import { physicalName } from './names.ts';
import { announce, type Plan } from './plan.ts';
import type { Properties } from './properties.ts';
import type { CreatedResource, ResourceInput, ResourceType } from './resource-type.ts';

/** Backups, protection, encryption, cost classes: what a table of one run has no use for. */
const WITHOUT_EFFECT = [
  'PointInTimeRecoverySpecification',
  'DeletionProtectionEnabled',
  'SSESpecification',
  'Tags',
  'TableClass',
  'ContributorInsightsSpecification',
  'OnDemandThroughput',
  'WarmThroughput',
  'ResourcePolicy',
  'ProvisionedThroughput',
  'ReadOnDemandThroughputSettings',
  'WriteOnDemandThroughputSettings',
  'ReadProvisionedThroughputSettings',
  'WriteProvisionedThroughputSettings',
];

const VIEWS = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] as const;

export const table: ResourceType = {
  type: 'AWS::DynamoDB::Table',
  create: (input) => createTable(input),
};

/** What the CDK's `TableV2` makes. Its first replica is the table; further ones are announced, not made. */
export const globalTable: ResourceType = {
  type: 'AWS::DynamoDB::GlobalTable',
  create(input) {
    const { properties, plan } = input;
    const replicas = properties.objects('Replicas');
    for (const replica of replicas) {
      replica.withoutEffect(
        'Region',
        'GlobalSecondaryIndexes',
        'ReplicaStreamSpecification',
        ...WITHOUT_EFFECT,
      );
    }
    if (replicas.length > 1) {
      announce(plan, 'Replicas of a global table are not made: one Region runs', input.logicalId);
    }
    return createTable(input);
  },
};

async function createTable({ stack, logicalId, properties, plan }: ResourceInput): Promise<CreatedResource> {
  const generated = physicalName({ stack, logicalId, maxLength: 255, run: plan.tableRun });
  const name = properties.optionalText('TableName') ?? generated;
  const stream = properties.optionalObject('StreamSpecification');
  const indexes = properties.objects('GlobalSecondaryIndexes').map(indexOf);
  const localIndexes = properties.objects('LocalSecondaryIndexes').map(indexOf);
  const view = stream?.optionalChoice('StreamViewType', VIEWS);
  stream?.withoutEffect('ResourcePolicy');
  const input: CreateTableCommandInput = {
    TableName: name,
    // Capacity is not emulated, whichever way it is bought: nothing throttles.
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keysOf(properties),
    AttributeDefinitions: properties.objects('AttributeDefinitions').map(
      (each): AttributeDefinition => ({
        AttributeName: each.text('AttributeName'),
        AttributeType: each.choice('AttributeType', ['S', 'N', 'B']),
      }),
    ),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    ...(localIndexes.length > 0 && { LocalSecondaryIndexes: localIndexes }),
    ...(view !== undefined && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
  };
  if (properties.optionalText('BillingMode') === 'PROVISIONED') {
    announce(plan, 'Provisioned capacity of tables does not throttle', logicalId);
  }
  const timeToLive = properties.optionalObject('TimeToLiveSpecification');
  const expiry =
    timeToLive?.optionalBoolean('Enabled') === false ? undefined : timeToLive?.optionalText('AttributeName');
  timeToLive?.withoutEffect('AttributeName');
  if (expiry !== undefined && plan.tableRun === '') {
    announce(plan, 'Expired items of tables are not deleted: readers have to compare the time', logicalId);
  }
  properties.withoutEffect(...WITHOUT_EFFECT).refuseUnread();
  return make({ input, expiry, properties, plan });
}

interface MakeOptions {
  readonly input: CreateTableCommandInput;
  readonly expiry: string | undefined;
  readonly properties: Properties;
  readonly plan: Plan;
}

async function make({ input, expiry, properties, plan }: MakeOptions): Promise<CreatedResource> {
  const { dynamodb } = plan.clients;
  const name = input.TableName ?? '';
  const { TableDescription: made } = await dynamodb.send(new CreateTableCommand(input));
  // At once: what is written down is deleted at the end, whatever fails from here on.
  plan.tables.set(name, made?.TableArn ?? name);
  if (expiry !== undefined) {
    const TimeToLiveSpecification = { AttributeName: expiry, Enabled: true };
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
  }
  const arn = regional(made?.TableArn, plan);
  const streamArn = regional(made?.LatestStreamArn, plan);
  if (arn === undefined) {
    throw new TemplateInvalidError({
      what: 'the DynamoDB in use made a table without an ARN',
      at: properties.at,
      fix: 'check what answers at the DynamoDB endpoint',
    });
  }
  plan.tables.set(name, arn);
  if (streamArn !== undefined) plan.streams.set(streamArn, name);
  return {
    ref: name,
    attributes: {
      Arn: arn,
      TableId: made?.TableId ?? name,
      ...(streamArn !== undefined && { StreamArn: streamArn }),
    },
    physicalName: name,
    arn,
  };
}

/** dynoxide puts its own name where an ARN has the Region, and takes either; policies compare the real one. */
function regional(arn: string | undefined, plan: Plan): string | undefined {
  const { partition, region } = plan.surroundings;
  return arn?.replace(/^arn:aws:dynamodb:dynoxide:/, `arn:${partition}:dynamodb:${region}:`);
}

function keysOf(properties: Properties): KeySchemaElement[] {
  return properties.objects('KeySchema').map((each) => ({
    AttributeName: each.text('AttributeName'),
    KeyType: each.choice('KeyType', ['HASH', 'RANGE']),
  }));
}

function indexOf(index: Properties): {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection: Projection;
} {
  const projection = index.object('Projection');
  const attributes = projection.texts('NonKeyAttributes');
  index.withoutEffect(...WITHOUT_EFFECT);
  return {
    IndexName: index.text('IndexName'),
    KeySchema: keysOf(index),
    Projection: {
      ProjectionType: projection.choice('ProjectionType', ['ALL', 'KEYS_ONLY', 'INCLUDE']),
      ...(attributes.length > 0 && { NonKeyAttributes: attributes }),
    },
  };
}
