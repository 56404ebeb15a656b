import { User } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import type { Pool } from '../../lib/constructs/index.ts';
import { makeStack } from './fixtures/stack.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

const { stack, millrace, template } = makeStack();
millrace.grantEnqueue(new User(stack, 'Producer'));
millrace.grantRead(new User(stack, 'Reader'));
millrace.grantOperate(new User(stack, 'Operator'));
const bucket = new Bucket(stack, 'Bucket');
bucket.grantDelete(millrace.pools['heavy'] as Pool, 'own/key');
const policies = template().findResources('AWS::IAM::Policy');

function statements(id: RegExp): Statement[] {
  const found = Object.entries(policies).filter(([logicalId]) => id.test(logicalId));
  expect(found).toHaveLength(1);
  return found.flatMap(([, policy]) => policy['Properties'].PolicyDocument.Statement);
}

/** `action resource`, where a resource is named by its logical id without the hash, sorted. */
function allowed(id: RegExp): string[] {
  const ours = statements(id).filter((statement) => !isOfBucket(statement));
  const lines = ours.flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${nameOf(resource)}`)),
  );
  return [...new Set(lines)].sort();
}

/** The grant of the test's own bucket. */
function isOfBucket({ Action }: Statement): boolean {
  return [Action].flat().every((action) => action.startsWith('s3:'));
}

function nameOf(resource: unknown): string {
  const text = JSON.stringify(resource);
  const inner = /\/index\/\w+|StreamArn|:schedule\//.exec(text)?.[0] ?? '';
  const suffix = { StreamArn: '/stream', ':schedule/': '/schedules' }[inner] ?? inner;
  const id = /"Millrace([A-Za-z]+?)[0-9A-F]{8}"/.exec(text)?.[1];
  return `${id}${suffix}`;
}

const PRIORITIES = ['critical', 'high', 'normal', 'low'];
const queues = (pools: string[], kind: string) =>
  pools.flatMap((pool) => PRIORITIES.map((priority) => `Queues${pool}${priority}${kind}`));
const JOBS = queues(['default', 'heavy'], 'Jobs');
const DEAD_LETTERS = queues(['default', 'heavy'], 'DeadLetters');
const each = (actions: string[], resources: string[]) =>
  actions.flatMap((action) => resources.map((resource) => `${action} ${resource}`));
const ONE_TIME = 'SchedulerOneTimeGroup/schedules';
const RUNTIME = 'SchedulerRuntimeGroup/schedules';
const logs = (name: string) => each(['logs:CreateLogStream', 'logs:PutLogEvents'], [`${name}Logs`]);
const dynamodb = (...actions: string[]) =>
  each(
    actions.map((action) => `dynamodb:${action}`),
    ['JobsTable'],
  );
const consume = (resources: string[]) =>
  each(
    ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility'].map(
      (a) => `sqs:${a}`,
    ),
    resources,
  );

describe('policies', () => {
  it('hold no action or resource with a star, but the schedules of two groups', () => {
    const starred = Object.values(policies)
      .flatMap((policy): Statement[] => policy['Properties'].PolicyDocument.Statement)
      .filter((statement) => !isOfBucket(statement) && JSON.stringify(statement).includes('*'));
    expect(new Set(starred.flatMap(({ Resource }) => [Resource].flat().map(nameOf)))).toEqual(
      new Set([ONE_TIME, RUNTIME]),
    );
    for (const { Action } of starred)
      for (const action of [Action].flat())
        expect(action).toMatch(/^scheduler:(Create|Update|Delete|Get)Schedule$/);
  });

  it.each(['default', 'heavy'])(
    'let the worker of %s claim, settle, consume its own queues and send to all',
    (pool) => {
      expect(allowed(new RegExp(`Pool${pool}Role`))).toEqual(
        [
          ...logs(`Pool${pool}`),
          ...dynamodb('GetItem', 'PutItem', 'UpdateItem', 'PartiQLUpdate'),
          ...each(['sqs:SendMessage'], JOBS),
          ...consume(queues([pool], 'Jobs')),
        ].sort(),
      );
    },
  );

  it('take what handlers need through the pool', () => {
    expect(statements(/PoolheavyRole/).filter(isOfBucket)).toHaveLength(1);
    expect(statements(/PooldefaultRole/).filter(isOfBucket)).toHaveLength(0);
  });

  it('let the lifecycle function read the stream, send the outbox, make schedules and delete what is left', () => {
    const stream = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    expect(allowed(/LifecycleRole/)).toEqual(
      [
        ...logs('Lifecycle'),
        ...dynamodb('GetItem', 'Query', 'BatchWriteItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
        ...each(
          stream.map((action) => `dynamodb:${action}`),
          ['JobsTable/stream'],
        ),
        ...each(['sqs:SendMessage'], [...JOBS, 'LifecycleFailures']),
        ...each(['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'], [ONE_TIME, RUNTIME]),
        `scheduler:UpdateSchedule ${RUNTIME}`,
        'iam:PassRole SchedulerRole',
      ].sort(),
    );
  });

  it('let the lifecycle function pass that role to EventBridge Scheduler alone', () => {
    const [pass] = statements(/LifecycleRole/).filter(({ Action }) => Action === 'iam:PassRole');
    expect(pass).toHaveProperty('Condition', {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    });
  });

  it('let EventBridge Scheduler send jobs, and what it could not send, and nothing else', () => {
    expect(allowed(/^MillraceSchedulerRole/)).toEqual(
      each(['sqs:SendMessage'], [...JOBS, 'SchedulerDeadLetters']).sort(),
    );
  });

  it('let the recorder file dead letters, and send nothing', () => {
    expect(allowed(/RecorderRole/)).toEqual(
      [
        ...logs('Recorder'),
        ...dynamodb('GetItem', 'PutItem', 'UpdateItem'),
        ...consume([...DEAD_LETTERS, 'SchedulerDeadLetters']),
      ].sort(),
    );
  });

  it('let a producer enqueue, and neither list nor consume', () => {
    expect(allowed(/^Producer/)).toEqual(
      [
        ...dynamodb('PutItem', 'UpdateItem', 'GetItem', 'PartiQLInsert'),
        ...each(['sqs:SendMessage'], JOBS),
      ].sort(),
    );
  });

  const read = [...dynamodb('GetItem', 'Query'), 'dynamodb:Query JobsTable/index/dead'];

  it('let a reader read', () => {
    expect(allowed(/^Reader/)).toEqual(read.sort());
  });

  it('let an operator read, cancel and redrive, count messages, look at one-time schedules, pause and resume workers, and nothing else', () => {
    const feeds = queues(['default', 'heavy'], 'Feed');
    expect(allowed(/^Operator/)).toEqual(
      [
        ...read,
        ...dynamodb('UpdateItem', 'PutItem'),
        ...each(['sqs:GetQueueAttributes'], [...JOBS, ...DEAD_LETTERS]),
        ...each(['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'], feeds),
        `scheduler:GetSchedule ${ONE_TIME}`,
      ].sort(),
    );
  });
});
