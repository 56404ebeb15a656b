import { Duration } from 'aws-cdk-lib';
import { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import type { Millrace } from '../../../lib/constructs/index.ts';
import { makeStack } from '../fixtures/stack.ts';

function defaultPool(millrace: Millrace) {
  const pool = millrace.pools['default'];
  if (!pool) throw new Error('the fixture has a default pool');
  return pool;
}

const minutes = Duration.minutes;

describe('a stack that was changed after the constructs made it', () => {
  it('fails for an event source on the alias whose queue is visible again too soon', () => {
    const { stack, millrace, template } = makeStack();
    const own = new Queue(stack, 'Own', { visibilityTimeout: minutes(1) });
    defaultPool(millrace).alias.addEventSource(new SqsEventSource(own, { maxConcurrency: 2 }));
    expect(template).toThrow(/visibility timeout of the queue .*Got: 60 s.*Expected: 180 s/);
  });

  it('fails for an event source on the function itself, too', () => {
    const { stack, millrace, template } = makeStack();
    const own = new Queue(stack, 'Own', { visibilityTimeout: minutes(1) });
    defaultPool(millrace).worker.addEventSource(new SqsEventSource(own, { maxConcurrency: 2 }));
    expect(template).toThrow(/visibility timeout of the queue/);
  });

  it('fails for an event source without a maximum concurrency on a function with a reservation', () => {
    const { stack, millrace, template } = makeStack();
    const own = new Queue(stack, 'Own', { visibilityTimeout: minutes(10) });
    defaultPool(millrace).alias.addEventSource(new SqsEventSource(own));
    expect(template).toThrow(/has no maximum concurrency, but its function has a reservation/);
  });

  it('fails for one that no longer fits the reservation', () => {
    const { stack, millrace, template } = makeStack();
    const own = new Queue(stack, 'Own', { visibilityTimeout: minutes(10) });
    defaultPool(millrace).alias.addEventSource(new SqsEventSource(own, { maxConcurrency: 2 }));
    expect(template).toThrow(/Got: 26 in all.*reserved concurrency, 24/);
  });

  it('fails for a dead-letter queue that is visible again before the recorder has ended', () => {
    const { millrace, template } = makeStack();
    const queue = millrace.queues.find({ pool: 'heavy', priority: 'low' })?.deadLetterQueue.node.defaultChild;
    if (!(queue instanceof CfnQueue)) throw new Error('a queue has a CfnQueue');
    queue.visibilityTimeout = 60;
    expect(template).toThrow(/Recorder.*Got: 60 s.*Expected: 90 s/);
  });

  it('fails for a system function that runs longer than its queues allow', () => {
    const { millrace, template } = makeStack();
    const fn = millrace.recorder.function.node.defaultChild;
    if (!(fn instanceof CfnFunction)) throw new Error('a function has a CfnFunction');
    fn.timeout = 61;
    expect(template).toThrow(/Expected: 91 s/);
  });

  it('fails for an environment that grew over 4 KB', () => {
    const { millrace, template } = makeStack();
    defaultPool(millrace).worker.addEnvironment('CONFIG', 'x'.repeat(4_000));
    expect(template).toThrow(/environment variables of .* are too large.*for CONFIG/);
  });

  it('fails for a variable that was emptied', () => {
    const { millrace, template } = makeStack();
    (millrace.lifecycle.function as LambdaFunction).addEnvironment('MILLRACE_QUEUES', '');
    expect(template).toThrow(/no MILLRACE_QUEUES/);
  });

  it('leaves functions of others alone', () => {
    const { stack, millrace, template } = makeStack();
    const own = new Queue(stack, 'Own', { visibilityTimeout: Duration.seconds(1) });
    const { code, runtime } = {
      code: 'exports.handler=()=>1',
      runtime: defaultPool(millrace).worker.runtime,
    };
    const fn = new CfnFunction(stack, 'Other', {
      code: { zipFile: code },
      handler: 'index.handler',
      role: 'arn:aws:iam::1:role/r',
      runtime: runtime.name,
    });
    new SqsEventSource(own).bind(LambdaFunction.fromFunctionArn(stack, 'Imported', fn.attrArn));
    expect(template).not.toThrow();
  });
});
