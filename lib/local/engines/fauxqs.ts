import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EngineStartError } from '../errors.ts';
import { siblingModule } from '../sibling.ts';
import type { Engine } from './engine.ts';

/** Starts SQS, S3, SNS and STS, in memory, in a thread of this process. */
export async function startFauxqs(options: { readonly region: string }): Promise<Engine> {
  const { region } = options;
  const thread = new Worker(siblingModule('fauxqs-thread', import.meta.url), {
    workerData: { region },
    // Flags of the main thread, such as --input-type or --test, are not meant for this file.
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  try {
    const [{ port }] = (await once(thread, 'message')) as [{ port: number }];
    return {
      endpoint: `http://127.0.0.1:${port}`,
      [Symbol.asyncDispose]: async () => {
        await thread.terminate();
        await ended;
      },
    };
  } catch (cause) {
    throw new EngineStartError({
      engine: 'fauxqs',
      got: cause instanceof Error ? cause.message : String(cause),
      fix: 'check that Node is 22.5 or later and that `npm ci` went through',
      cause,
    });
  }
}
