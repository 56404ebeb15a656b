import { Duration, Lazy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { expectRule, makeStack } from '../fixtures/stack.ts';

const { days, hours, seconds } = Duration;

describe('retentions', () => {
  it('fails where dead letters are kept no longer than messages', () => {
    const run = () => makeStack({ queueRetention: days(5), deadLetterRetention: days(5) });
    expectRule(run, 'dead-letter-retention', '5 days');
  });

  it.each(['retention', 'deadRetention'] as const)(
    'fails where %s does not outlive every message',
    (option) => {
      const run = () => makeStack({ [option]: days(19) });
      expectRule(run, 'record-retention', `${option} 19 days`, 'over 19 days');
    },
  );

  it('passes where records outlive every message', () => {
    expect(() => makeStack({ retention: days(20) })).not.toThrow();
  });

  it('fails where a message that SQS delays may expire before a worker has had it', () => {
    const run = () => makeStack({ queueRetention: seconds(3_599), maxReceiveCount: 1 });
    expectRule(run, 'queue-retention', 'queueRetention 3599 s', 'at least 3600 s');
    expectRule(() => makeStack({ queueRetention: seconds(60) }), 'queue-retention', 'queueRetention 60 s');
  });

  it('passes where a queue keeps messages for an hour', () => {
    expect(() => makeStack({ queueRetention: hours(1), maxReceiveCount: 2 })).not.toThrow();
  });

  it('fails under the minute of SQS', () => {
    expectRule(() => makeStack({ queueRetention: seconds(59) }), 'out-of-range', 'from 60 to 1209600 s');
  });

  it('fails over the 14 days of SQS', () => {
    expectRule(() => makeStack({ deadLetterRetention: days(15) }), 'out-of-range', 'deadLetterRetention');
  });

  it('does not guess at a token', () => {
    const retention = Duration.seconds(Lazy.number({ produce: () => 3_000_000 }));
    expect(() => makeStack({ retention })).not.toThrow();
  });
});

describe('receive count', () => {
  it('fails where a message may expire before it reaches the dead-letter queue', () => {
    // 900 s of visibility for the pool 'heavy', a hundred times: over half of four days
    expectRule(
      () => makeStack({ maxReceiveCount: 200 }),
      'receive-count',
      "'heavy/critical'",
      '× visibility',
    );
  });

  it('fails out of the range of SQS', () => {
    expectRule(() => makeStack({ maxReceiveCount: 0 }), 'out-of-range', 'from 1 to 1000');
  });
});
