import { describe, expect, it } from 'vitest';
import { readCall } from '../../../../lib/local/recorder/read-call.ts';
import type { ArnBook } from '../../../../lib/local/recorder/recorded-call.ts';

const arns: ArnBook = {
  queue: (url) => `queue:${url.split('/').at(-1)}`,
  table: (name) => `table/${name}`,
  bucket: (name) => `bucket:${name}`,
  eventSource: (id) => `event-source-mapping:${id}`,
  scheduler: (path) => `scheduler:${path}`,
};

function json(service: string, operation: string, body: object) {
  const request = { method: 'POST', url: '/', target: `Api_1.${operation}`, body: JSON.stringify(body) };
  return readCall({ service, request, arns }).requires.map(({ action, resource }) => `${action} ${resource}`);
}

function s3(method: string, url: string, copySource?: string) {
  const { operation, requires } = readCall({
    service: 's3',
    request: { method, url, copySource, body: '' },
    arns,
  });
  return [operation, ...requires.map(({ action, resource }) => `${action} ${resource}`)];
}

describe('readCall of SQS', () => {
  it.each([
    ['SendMessage', 'sqs:SendMessage queue:jobs'],
    ['SendMessageBatch', 'sqs:SendMessage queue:jobs'],
    ['DeleteMessageBatch', 'sqs:DeleteMessage queue:jobs'],
    ['ChangeMessageVisibilityBatch', 'sqs:ChangeMessageVisibility queue:jobs'],
  ])('asks for what IAM calls %s', (operation, expected) => {
    expect(json('sqs', operation, { QueueUrl: 'http://127.0.0.1:1/000000000000/jobs' })).toEqual([expected]);
  });

  it('asks for every queue where none is named', () => {
    expect(json('sqs', 'ListQueues', {})).toEqual(['sqs:ListQueues *']);
  });
});

describe('readCall of DynamoDB', () => {
  it.each<[string, object, string[]]>([
    ['PutItem', { TableName: 't' }, ['dynamodb:PutItem table/t']],
    ['Query', { TableName: 't', IndexName: 'i' }, ['dynamodb:Query table/t/index/i']],
    [
      'BatchWriteItem',
      { RequestItems: { a: [], b: [] } },
      ['dynamodb:BatchWriteItem table/a', 'dynamodb:BatchWriteItem table/b'],
    ],
    [
      'TransactWriteItems',
      { TransactItems: [{ Put: { TableName: 't' } }, { ConditionCheck: { TableName: 'u' } }] },
      ['dynamodb:PutItem table/t', 'dynamodb:ConditionCheckItem table/u'],
    ],
    [
      'ExecuteStatement',
      { Statement: 'SELECT * FROM "t"."i" WHERE pk = ?' },
      ['dynamodb:PartiQLSelect table/t/index/i'],
    ],
    [
      'BatchExecuteStatement',
      { Statements: [{ Statement: 'UPDATE "t" SET a=1' }, { Statement: "INSERT INTO t VALUE {'a':1}" }] },
      ['dynamodb:PartiQLUpdate table/t', 'dynamodb:PartiQLInsert table/t'],
    ],
    [
      'ExecuteTransaction',
      { TransactStatements: [{ Statement: 'DELETE FROM "t" WHERE pk=1' }] },
      ['dynamodb:PartiQLDelete table/t'],
    ],
    ['GetRecords', { ShardIterator: 'x' }, ['dynamodb:GetRecords *']],
  ])('asks for what IAM calls %s', (operation, body, expected) => {
    expect(json('dynamodb', operation, body)).toEqual(expected);
  });
});

describe('readCall of S3', () => {
  it.each([
    ['GET', '/', ['ListBuckets', 's3:ListAllMyBuckets *']],
    ['GET', '/b?list-type=2&prefix=x', ['ListObjectsV2', 's3:ListBucket bucket:b']],
    ['HEAD', '/b', ['HeadBucket', 's3:ListBucket bucket:b']],
    ['POST', '/b?delete', ['DeleteObjects', 's3:DeleteObject bucket:b/*']],
    ['GET', '/b/a%20b/c?x-id=GetObject', ['GetObject', 's3:GetObject bucket:b/a b/c']],
    ['HEAD', '/b/k', ['HeadObject', 's3:GetObject bucket:b/k']],
    ['PUT', '/b/k?x-id=PutObject', ['PutObject', 's3:PutObject bucket:b/k']],
    ['POST', '/b/k?uploads', ['CreateMultipartUpload', 's3:PutObject bucket:b/k']],
    ['PUT', '/b/k?partNumber=1&uploadId=u', ['UploadPart', 's3:PutObject bucket:b/k']],
    ['DELETE', '/b/k', ['DeleteObject', 's3:DeleteObject bucket:b/k']],
    ['DELETE', '/b/k?uploadId=u', ['AbortMultipartUpload', 's3:AbortMultipartUpload bucket:b/k']],
  ])('knows %s %s', (method, url, expected) => {
    expect(s3(method, url)).toEqual(expected);
  });

  it('asks for the source of a copy as well', () => {
    expect(s3('PUT', '/b/k', 'a/x')).toEqual([
      'CopyObject',
      's3:PutObject bucket:b/k',
      's3:GetObject bucket:a/x',
    ]);
  });
});

describe('readCall of other services', () => {
  it('takes the action from a form', () => {
    const request = { method: 'POST', url: '/', body: 'Action=GetCallerIdentity&Version=2011-06-15' };
    expect(readCall({ service: 'sts', request, arns })).toEqual({
      service: 'sts',
      operation: 'GetCallerIdentity',
      requires: [{ action: 'sts:GetCallerIdentity', resource: '*' }],
    });
  });
});

describe('readCall of Lambda', () => {
  it.each([
    ['GET', 'GetEventSourceMapping'],
    ['PUT', 'UpdateEventSourceMapping'],
  ])('reads a %s of a mapping as %s on it', (method, operation) => {
    const request = { method, url: '/2015-03-31/event-source-mappings/one-two', body: '{}' };
    expect(readCall({ service: 'lambda', request, arns })).toEqual({
      service: 'lambda',
      operation,
      requires: [{ action: `lambda:${operation}`, resource: 'event-source-mapping:one-two' }],
    });
  });
});

describe('readCall of EventBridge Scheduler', () => {
  function scheduler(method: string, url: string, body: object = {}) {
    const request = { method, url, body: JSON.stringify(body) };
    const { operation, requires } = readCall({ service: 'scheduler', request, arns });
    return [operation, ...requires.map(({ action, resource }) => `${action} ${resource}`)];
  }

  it.each<[string, string, string[]]>([
    ['GET', '/schedules', ['ListSchedules', 'scheduler:ListSchedules *']],
    ['GET', '/schedule-groups?MaxResults=5', ['ListScheduleGroups', 'scheduler:ListScheduleGroups *']],
    ['GET', '/schedules/a', ['GetSchedule', 'scheduler:GetSchedule scheduler:schedule/default/a']],
    [
      'DELETE',
      '/schedules/a?groupName=g&clientToken=t',
      ['DeleteSchedule', 'scheduler:DeleteSchedule scheduler:schedule/g/a'],
    ],
    [
      'POST',
      '/schedule-groups/g',
      ['CreateScheduleGroup', 'scheduler:CreateScheduleGroup scheduler:schedule-group/g'],
    ],
  ])('reads %s %s', (method, url, expected) => {
    expect(scheduler(method, url)).toEqual(expected);
  });

  it.each([
    ['POST', 'CreateSchedule'],
    ['PUT', 'UpdateSchedule'],
  ])('asks whoever makes %s for the right to pass the role on, to Scheduler', (method, operation) => {
    const body = { GroupName: 'g', Target: { RoleArn: 'role' } };
    expect(scheduler(method, '/schedules/a', body)).toEqual([
      operation,
      `scheduler:${operation} scheduler:schedule/g/a`,
      'iam:PassRole role',
    ]);
    const request = { method, url: '/schedules/a', body: JSON.stringify(body) };
    const pass = readCall({ service: 'scheduler', request, arns }).requires[1];
    expect(pass?.context).toEqual({ 'iam:PassedToService': 'scheduler.amazonaws.com' });
  });
});
