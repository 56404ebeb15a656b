import { describe, expect, it } from 'vitest';
import { type Priority, RegionMismatchError } from '../../lib/contract/index.ts';
import { checkRegion, queueUrlOf } from '../../lib/dispatch/index.ts';

const queue = (url: string) => ({ default: { normal: url } satisfies Partial<Record<Priority, string>> });

describe('checkRegion', () => {
  it.each([
    'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs',
    'http://127.0.0.1:4566/000000000000/jobs',
    'https://vpce-1234.sqs.us-east-1.vpce.amazonaws.com/123456789012/jobs',
  ])('takes %s in eu-west-1', (url) => {
    expect(() => checkRegion(queue(url), 'eu-west-1')).not.toThrow();
  });

  it.each([
    'https://sqs.us-east-1.amazonaws.com/123456789012/jobs',
    'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs',
  ])('refuses %s in eu-west-1', (url) => {
    expect(() => checkRegion(queue(url), 'eu-west-1')).toThrow(RegionMismatchError);
  });

  it('looks at every pool and priority', () => {
    const queues = {
      default: { normal: 'https://sqs.eu-west-1.amazonaws.com/123456789012/a' },
      reports: { low: 'https://sqs.eu-west-2.amazonaws.com/123456789012/b' },
    };
    expect(() => checkRegion(queues, 'eu-west-1')).toThrow('AWS_REGION=eu-west-2');
  });
});

describe('queueUrlOf', () => {
  it.each([
    ['arn:aws:sqs:eu-west-1:123456789012:jobs', 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs'],
    [
      'arn:aws-cn:sqs:cn-north-1:123456789012:jobs',
      'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs',
    ],
  ])('turns %s into %s', (arn, url) => {
    expect(queueUrlOf(arn)).toBe(url);
  });
});
