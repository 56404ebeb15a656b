import { describe, expect, it } from 'vitest';
import { awsEnvironment, outputEnvironment } from '../../../lib/local/environment.ts';

describe('outputEnvironment', () => {
  it.each([
    ['MillraceTableName', 'MILLRACE_TABLE_NAME'],
    ['MillraceQueues', 'MILLRACE_QUEUES'],
    ['MillraceDLQUrl', 'MILLRACE_DLQ_URL'],
    ['MillraceS3Bucket', 'MILLRACE_S3_BUCKET'],
  ])('makes %s the variable %s', (output, variable) => {
    expect(outputEnvironment({ Jobs: { [output]: 'x' } })).toEqual({ [variable]: 'x' });
  });

  it('leaves other outputs out', () => {
    expect(outputEnvironment({ Jobs: { ExportsOutputRefTable: 'x' } })).toEqual({});
  });
});

describe('awsEnvironment', () => {
  it('points every service at an address for which the SDKs use path-style requests', () => {
    const endpoints = {
      fauxqs: 'http://127.0.0.1:1',
      dynamodb: 'http://127.0.0.1:2',
      lambda: 'http://127.0.0.1:3',
      scheduler: 'http://127.0.0.1:4',
    };
    expect(awsEnvironment({ endpoints, region: 'eu-west-1' })).toMatchObject({
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:2',
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://127.0.0.1:2',
      AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:3',
      AWS_ENDPOINT_URL_SCHEDULER: 'http://127.0.0.1:4',
      AWS_ACCESS_KEY_ID: 'millrace',
    });
  });
});
