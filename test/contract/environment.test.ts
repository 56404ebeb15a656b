import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ENV,
  EnvironmentError,
  FUNCTION_ENVIRONMENT,
  readEnvironment,
  readRetentions,
} from '../../lib/contract/index.ts';

const QUEUES = { default: { normal: 'https://sqs.eu-west-1.amazonaws.com/123456789012/normal' } };
const COMPLETE = {
  MILLRACE_TABLE_NAME: 'Jobs',
  MILLRACE_QUEUES: JSON.stringify(QUEUES),
  MILLRACE_POOL: 'default',
  MILLRACE_CONCURRENCY: '10',
  MILLRACE_RETENTION_SECONDS: '2592000',
  MILLRACE_DEAD_RETENTION_SECONDS: '7776000',
};

function refusal(call: () => unknown): EnvironmentError {
  try {
    call();
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('readEnvironment', () => {
  it('reads what a worker needs', () => {
    expect(readEnvironment({ ...COMPLETE, OTHER: 'x' }, FUNCTION_ENVIRONMENT.worker)).toEqual({
      table: 'Jobs',
      queues: QUEUES,
      pool: 'default',
      concurrency: 10,
      retention: 2_592_000,
      deadRetention: 7_776_000,
    });
  });

  it('reads no more than it is asked for', () => {
    expect(readEnvironment({ MILLRACE_TABLE_NAME: 'Jobs' }, ['table'])).toEqual({ table: 'Jobs' });
  });

  it('names every problem at once', () => {
    const env = {
      MILLRACE_TABLE_NAME: '',
      MILLRACE_QUEUES: '{',
      MILLRACE_CONCURRENCY: '0',
      MILLRACE_POOL: 'p',
    };
    const error = refusal(() => readEnvironment(env, FUNCTION_ENVIRONMENT.worker));
    expect(error).toMatchObject({ code: 'ENVIRONMENT_INVALID', retryable: false });
    expect(error.context['problems']).toEqual([
      expect.stringContaining('MILLRACE_TABLE_NAME is not set (the name of the job table)'),
      expect.stringContaining('MILLRACE_QUEUES is "{": '),
      expect.stringContaining('MILLRACE_CONCURRENCY is "0": not a whole number from 1'),
      expect.stringContaining('MILLRACE_RETENTION_SECONDS is not set'),
      expect.stringContaining('MILLRACE_DEAD_RETENTION_SECONDS is not set'),
    ]);
    for (const problem of error.context['problems'] as string[]) expect(error.message).toContain(problem);
    expect(error.message).toContain('Fix: call millrace.connect(fn)');
  });

  it.each([
    'null',
    '[]',
    '{}',
    '"url"',
    '{"default":{}}',
    '{"default":{"urgent":"https://example.com/q"}}',
    '{"default":{"normal":"a queue"}}',
    '{"default":{"normal":7}}',
    '{"default":"https://example.com/q"}',
    'https://sqs.eu-west-1.amazonaws.com/123456789012/normal',
  ])('refuses %s as queues', (queues) => {
    const error = refusal(() => readEnvironment({ MILLRACE_QUEUES: queues }, ['queues']));
    expect(error.message).toContain('expected JSON such as {"default":{"normal":"https://sqs.');
  });

  it.each(['0', '-1', '1.5', 'ten', '1e400', 'NaN', ' '])('refuses %j as a number', (text) => {
    const env = { MILLRACE_CONCURRENCY: text, MILLRACE_RETENTION_SECONDS: text };
    const { context } = refusal(() => readEnvironment(env, ['concurrency', 'retention']));
    expect(context['problems']).toHaveLength(2);
  });

  it('throws nothing else, whatever the variables hold', () => {
    const names = Object.values(ENV);
    const environments = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.json()));
    fc.assert(
      fc.property(environments, (env) => {
        const keys = Object.keys(ENV) as (keyof typeof ENV)[];
        expect(refusal(() => readEnvironment({ ...env, MILLRACE_POOL: '' }, keys))).toBeDefined();
      }),
    );
  });
});

describe('the retentions of a client', () => {
  it('are what is set, in milliseconds', () => {
    expect(readRetentions({})).toEqual({});
    expect(readRetentions({ [ENV.retention]: '20' })).toEqual({ retention: 20_000 });
    expect(readRetentions({ [ENV.retention]: '20', [ENV.deadRetention]: '30' })).toEqual({
      retention: 20_000,
      deadRetention: 30_000,
    });
  });

  it('are refused where they cannot be read', () => {
    expect(() => readRetentions({ [ENV.retention]: '30d' })).toThrow(EnvironmentError);
  });
});
