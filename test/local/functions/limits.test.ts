import { describe, expect, it } from 'vitest';
import type { FunctionSpec, SqsEventSourceSpec } from '../../../lib/local/functions/index.ts';
import { FunctionFixture } from './function-fixture.ts';
import { QueueFixture } from './queue-fixture.ts';

const nothing = 'export const handler = async () => {}';

describe('what Lambda would refuse is refused', () => {
  it.each<[string, Partial<FunctionSpec>]>([
    ['a timeout of nothing', { timeoutSeconds: 0 }],
    ['a timeout over 15 minutes', { timeoutSeconds: 901 }],
    ['less than 128 MB', { memoryMb: 127 }],
    ['a reservation below none', { reservedConcurrency: -1 }],
  ])('of a function: %s', async (_, spec) => {
    await using fixture = await FunctionFixture.start();
    await expect(fixture.add(nothing, spec)).rejects.toMatchObject({ code: 'SPEC_OUT_OF_RANGE' });
  });

  it.each<[string, Partial<SqsEventSourceSpec>]>([
    ['a maximum concurrency of one', { maximumConcurrency: 1 }],
    ['a batch of none', { batchSize: 0 }],
    ['a batch over 10 without a window', { batchSize: 11 }],
    ['a window over five minutes', { batchWindowSeconds: 301 }],
  ])('of an SQS event source: %s', async (_, spec) => {
    await using fixture = await QueueFixture.start();
    const name = await fixture.functions.add(nothing);
    const add = () => fixture.source(name, fixture.queue(), spec);
    expect(add).toThrow(expect.objectContaining({ code: 'SPEC_OUT_OF_RANGE' }));
  });

  it("of a queue: a visibility timeout below the function's timeout", async () => {
    await using fixture = await QueueFixture.start();
    const name = await fixture.functions.add(nothing, { timeoutSeconds: 31 });
    fixture.source(name, fixture.queue({ VisibilityTimeout: '30' }));
    await expect(fixture.host.start()).rejects.toMatchObject({
      code: 'SPEC_OUT_OF_RANGE',
      message: expect.stringContaining('at least the timeout'),
    });
  });
});

describe('an event source', () => {
  it('has a name of its own, a function that exists, and comes before the start', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(nothing);
    fixture.source(name, queue);
    expect(() => fixture.source(name, queue)).toThrow(expect.objectContaining({ code: 'DUPLICATE_NAME' }));
    expect(() => fixture.source('other', queue)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_FUNCTION' }),
    );
    await fixture.host.start();
    expect(() => fixture.source(name, fixture.queue())).toThrow(expect.objectContaining({ code: 'STARTED' }));
  });
});
