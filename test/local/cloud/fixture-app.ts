import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import {
  Code,
  FilterCriteria,
  FilterRule,
  Function as Lambda,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';

/** A directory under node_modules' reach, so that handlers find the AWS SDK as a bundle would have it. */
const ROOT = join(import.meta.dirname, '../../..');

export interface Fixture extends AsyncDisposable {
  readonly directory: string;
  /** Writes a handler module, index.mjs, into a directory of its own. */
  code(name: string, source: string): Promise<string>;
  /** Synthesises what `build` makes and returns the assembly's directory. */
  synth(build: (app: App) => void): string;
}

export async function createFixture(): Promise<Fixture> {
  await mkdir(join(ROOT, 'node_modules/.cache'), { recursive: true });
  const directory = await mkdtemp(join(ROOT, 'node_modules/.cache/millrace-cloud-'));
  let synths = 0;
  return {
    directory,
    async code(name, source) {
      const path = join(directory, name);
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'index.mjs'), source);
      return path;
    },
    synth(build) {
      synths += 1;
      const app = new App({ outdir: join(directory, `out-${synths}`), analyticsReporting: false });
      build(app);
      return app.synth().directory;
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Puts each message into the table and its body into the bucket. */
export const WORKER = `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
const table = new DynamoDBClient();
const bucket = new S3Client();
const { JOBS_TABLE: TableName, JOBS_BUCKET: Bucket } = process.env;
export const handler = async ({ Records = [] }, context) => {
  for (const { messageId, body } of Records) {
    if (body === 'poison') throw new Error('poisoned');
    await bucket.send(new PutObjectCommand({ Bucket, Key: 'in/' + messageId, Body: body }));
    const { Body } = await bucket.send(new GetObjectCommand({ Bucket, Key: 'in/' + messageId }));
    const Item = { pk: { S: messageId }, sk: { S: 'job' }, body: { S: await Body.transformToString() } };
    await table.send(new PutItemCommand({ TableName, Item }));
  }
  const { AWS_LAMBDA_FUNCTION_VERSION: version, AWS_REGION: region } = process.env;
  return { name: context.functionName, version, region };
};
`;

/** Marks each item that the stream shows, once. */
export const FOLLOWER = `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
const table = new DynamoDBClient();
export const handler = async ({ Records }) => {
  for (const { dynamodb } of Records) {
    const Item = { pk: dynamodb.Keys.pk, sk: { S: 'seen' } };
    await table.send(new PutItemCommand({ TableName: process.env.JOBS_TABLE, Item }));
  }
};
`;

export interface JobsStackProps {
  readonly worker: string;
  readonly follower?: string;
  readonly memorySize?: number;
}

/** A queue with a dead-letter queue, a function behind an alias, a table with a stream, a bucket. */
export function jobsStack(app: App, { worker, follower, memorySize = 256 }: JobsStackProps): Stack {
  const stack = new Stack(app, 'Jobs');
  const deadLetters = new Queue(stack, 'Dead', { enforceSSL: true });
  const queue = new Queue(stack, 'Queue', {
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 1 },
    visibilityTimeout: Duration.seconds(5),
  });
  const table = new TableV2(stack, 'Table', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: 'expiresAt',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    globalSecondaryIndexes: [
      {
        indexName: 'bySk',
        partitionKey: { name: 'sk', type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      },
    ],
  });
  const bucket = new Bucket(stack, 'Bucket', { enforceSSL: true });
  const common = { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', memorySize };
  const environment = { JOBS_TABLE: table.tableName, JOBS_BUCKET: bucket.bucketName };
  const fn = new Lambda(stack, 'Worker', {
    ...common,
    code: Code.fromAsset(worker),
    environment,
    timeout: Duration.seconds(5),
    reservedConcurrentExecutions: 4,
  });
  const alias = fn.addAlias('live');
  alias.addEventSource(
    new SqsEventSource(queue, { batchSize: 1, maxConcurrency: 2, reportBatchItemFailures: true }),
  );
  bucket.grantReadWrite(fn);
  table.grantWriteData(fn);
  if (follower !== undefined) {
    const code = Code.fromAsset(follower);
    const reader = new Lambda(stack, 'Follower', {
      ...common,
      code,
      environment,
      timeout: Duration.seconds(5),
    });
    table.grantWriteData(reader);
    const source = new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      retryAttempts: 3,
      filters: [FilterCriteria.filter({ dynamodb: { Keys: { sk: { S: FilterRule.isEqual('job') } } } })],
    });
    reader.addEventSource(source);
  }
  // Tokens of another construct end in the output's id otherwise.
  new CfnOutput(stack, 'MillraceTableName', { value: table.tableName });
  new CfnOutput(stack, 'MillraceQueues', {
    value: stack.toJsonString({ default: { normal: queue.queueUrl, dead: deadLetters.queueUrl } }),
  });
  return stack;
}
