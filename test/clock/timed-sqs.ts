import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Engine } from '../../lib/local/engines/index.ts';
import type { ManualClock } from './manual-clock.ts';

/** SQS (fauxqs) whose delays and visibility timeouts go by the test's clock. */
export async function startTimedSqs({
  clock,
  region,
}: {
  clock: ManualClock;
  region: string;
}): Promise<Engine> {
  const thread = new Worker(new URL('./sqs-thread.ts', import.meta.url), {
    workerData: { region, time: clock.shared },
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  const [{ port }] = (await once(thread, 'message')) as [{ port: number }];
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await thread.terminate();
      await ended;
    },
  };
}
