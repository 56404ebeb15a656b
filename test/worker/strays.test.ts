import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../../lib/contract/index.ts';
import { Lab } from './lab.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A worker that hears from `process` what nobody caught. */
async function standWith(handler: WorkHandler, { concurrency = 10 } = {}) {
  const process = new EventEmitter();
  const executed: number[] = [];
  const work: WorkHandler = (payload, context) => {
    executed.push(payload.n);
    return handler(payload, context);
  };
  const stand = await lab.stand({ catalog, handlers: { work }, concurrency, process });
  const enqueue = async (n: number) => (await stand.client.enqueue('work', { n })).id;
  const strays = () => stand.lines.filter(({ message }) => message === 'error left uncaught');
  return { stand, process, executed, enqueue, strays };
}

describe('a rejection that nobody awaits', () => {
  it('is told with the job that left it behind, and takes neither a neighbour nor the process along', async () => {
    const error = new TypeError('nobody awaits this');
    let process = new EventEmitter();
    const own = await standWith(async ({ n }) => {
      if (n === 1) void sleep(lab.clock, 1_000).then(() => process.emit('unhandledRejection', error));
      else await sleep(lab.clock, 5_000);
    });
    process = own.process;
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await own.enqueue(n));
    const { failures, lost } = await own.stand.invoke();
    expect({ failures, lost }).toEqual({ failures: [], lost: false });
    for (const id of ids)
      expect(await own.stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1, unsettled: 0 });
    expect(own.executed).toHaveLength(3);
    expect(own.strays()).toEqual([
      expect.objectContaining({
        ...{ level: 'error', how: 'rejection', job_id: ids[0], job_type: 'work', job_types: ['work'] },
        ...{ error_name: 'TypeError', error_message: 'nobody awaits this', error_stack: error.stack },
      }),
    ]);
    expect(own.stand.exits).toEqual([]);
    await own.enqueue(4);
    await own.stand.invoke();
    expect(own.executed).toContain(4);
  });

  it('of no job that is known is told with the types that ran in the process', async () => {
    const { stand, process, enqueue, strays } = await standWith(() => undefined);
    await enqueue(1);
    await stand.invoke();
    process.emit('unhandledRejection', 'no error');
    expect(strays()).toEqual([
      expect.objectContaining({ how: 'rejection', error_message: 'no error', job_types: ['work'] }),
    ]);
    expect(strays()[0]).not.toHaveProperty('job_id');
    expect(stand.exits).toEqual([]);
  });
});

describe('an exception that nobody caught', () => {
  it('ends the process once those that run have settled; what has not begun goes back unclaimed', async () => {
    let process = new EventEmitter();
    const own = await standWith(
      async () => {
        if (own.executed.length === 1)
          void sleep(lab.clock, 1_000).then(() => process.emit('uncaughtException', new Error('in a timer')));
        await sleep(lab.clock, 5_000);
      },
      { concurrency: 2 },
    );
    process = own.process;
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await own.enqueue(n));
    expect(await own.stand.invoke()).toMatchObject({ lost: true });
    expect(own.stand.exits).toEqual([1]);
    expect(own.strays()).toMatchObject([{ how: 'exception', error_message: 'in a timer' }]);
    expect(own.stand.lines.at(-1)).toMatchObject({
      message: 'process ends: an exception was left uncaught',
      level: 'error',
    });
    expect(own.executed).toHaveLength(2);
    for (const [i, id] of ids.entries())
      expect(await own.stand.record(id)).toMatchObject(
        own.executed.includes(i + 1)
          ? { status: 'succeeded', attempts: 1, unsettled: 0 }
          : { status: 'queued', attempts: 0, unsettled: 0 },
      );
    await own.stand.drain();
    expect([...own.executed].sort()).toEqual([1, 2, 3]);
  });

  it('between two invocations ends the process at once: nobody holds a lease', async () => {
    const { stand, process, enqueue } = await standWith(() => undefined);
    await enqueue(1);
    await stand.invoke();
    process.emit('uncaughtException', new Error('thawed'));
    expect(stand.exits).toEqual([1]);
  });
});

describe('the listeners that a worker finds', () => {
  const events = ['unhandledRejection', 'uncaughtException'] as const;

  it.each(events)(
    'are the runtime’s: at its first invocation they go, and later ones stay (%s)',
    async (event) => {
      const { stand, process, enqueue } = await standWith(() => undefined);
      const heard: string[] = [];
      process.on(event, () => heard.push('runtime'));
      stand.restart();
      process.on(event, () => heard.push('own'));
      process.emit(event, new Error('at the start'));
      expect(heard).toEqual(['runtime', 'own']);
      await enqueue(1);
      await stand.invoke();
      await stand.invoke();
      process.emit(event, new Error('later'));
      expect(heard).toEqual(['runtime', 'own', 'own']);
      expect(stand.lines.filter(({ message }) => message === 'error left uncaught')).toHaveLength(1);
    },
  );

  const told = (event: string) => (process as EventEmitter).listeners(event);

  it.each(events)('stay outside of Lambda (%s)', async (event) => {
    const before = told(event);
    const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
    await stand.client.enqueue('work', { n: 1 });
    await stand.invoke();
    expect(told(event)).toEqual(before);
  });
});
