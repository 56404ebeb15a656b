import { Fail, Retry, Snooze, sleep } from '../../../lib/contract/index.ts';
import type { JobContext } from '../../../lib/worker/index.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { Payload } from './catalog.ts';

/** What an execution ended in, as the handler knows it. */
export type Returned = 'succeed' | 'throw' | 'retry' | 'snooze' | 'fail' | 'bad result';

/** One run of a handler, as the checks see it. */
export interface Execution {
  readonly id: string;
  readonly by: Process;
  readonly payload: Payload;
  /** From 1: how often the job was executed by now. */
  readonly number: number;
  returned: Returned | undefined;
  /** It ignores its signal: the worker goes on without it. */
  ignoring: boolean;
  /** How often its process had stood still when it took the lease. */
  readonly freezes: number;
  /** What took its lease away was a fault, and it cannot know: it may go on beside another. */
  dispossessed: boolean;
}

export interface ExecutionListener {
  started(by: Process, context: JobContext, payload: Payload): Execution;
  ended(execution: Execution): void;
  /** Hears of it before the process dies. */
  outOfMemory(by: Process, culprit: string): void;
}

const WEIGHTS = {
  succeed: 60,
  'succeed at once': 10,
  throw: 12,
  retry: 5,
  snooze: 6,
  fail: 2,
  'heed the signal': 3,
  'bad result': 1,
} as const;

/** A handler that does what the seed says for the job and the number of the execution. */
export function handlerIn(world: World, process: Process, listener: ExecutionListener) {
  return async (payload: Payload, context: JobContext): Promise<unknown> => {
    const execution = listener.started(process, context, payload);
    const return_ = (returned: Returned) => {
      execution.returned = returned;
      listener.ended(execution);
    };
    try {
      const result = await behave(world, process, { execution, context, listener });
      return_(typeof result === 'bigint' ? 'bad result' : 'succeed');
      return result;
    } catch (error) {
      if (error instanceof Retry) return_('retry');
      else if (error instanceof Snooze) return_('snooze');
      else if (error instanceof Fail) return_('fail');
      else return_('throw');
      throw error;
    }
  };
}

async function behave(
  world: World,
  process: Process,
  {
    execution,
    context,
    listener,
  }: { execution: Execution; context: JobContext; listener: ExecutionListener },
): Promise<unknown> {
  const { id, signal, heartbeat } = context;
  const { draws, faults } = world;
  const { job } = execution.payload;
  const which = `execution ${execution.number} of ${job}`;
  const poison = faults.strike(`every execution of ${job}`, ['out of memory'], [id]);
  const fault = poison ?? faults.strike(which, ['out of memory', 'signal ignored'], [id]);
  if (fault === 'out of memory') {
    await sleep(process.clock, draws.spread(`takes ${which}`, 1, 2_000));
    // Another was faster: both woke with their process.
    if (!process.alive) return new Promise(() => undefined);
    world.tell(process.name, () => '⚡ out of memory', [id]);
    faults.took('out of memory');
    listener.outOfMemory(process, id);
    process.crash('out of memory');
    return new Promise(() => undefined);
  }
  if (fault === 'signal ignored') {
    execution.ignoring = true;
    world.tell(process.name, () => '⚡ the handler ignores its signal', [id]);
    await sleep(process.clock, draws.spread(`ignores ${which}`, 1_000, 3_600_000));
    return 'late';
  }
  const stubborn = draws.happens(`stubborn ${job}`, 0.04);
  const behaviour = stubborn ? 'throw' : draws.weighted(`behaviour of ${which}`, WEIGHTS);
  if (behaviour === 'succeed at once') return { done: execution.number };
  if (draws.happens(`long ${which}`, 0.05))
    await sleep(process.clock, draws.between(`takes long ${which}`, 4_000, 70_000), signal);
  if (draws.happens(`beats ${which}`, 0.08)) {
    for (let beat = draws.between(`beats of ${which}`, 1, 6); beat > 0; beat--) {
      await sleep(process.clock, draws.spread(`beat ${beat} of ${which}`, 1, 15_000), signal);
      await heartbeat();
    }
  }
  await sleep(process.clock, draws.spread(`takes ${which}`, 1, 4_000), signal);
  switch (behaviour) {
    case 'succeed':
      return { done: execution.number };
    case 'throw':
      throw new TypeError(`execution ${execution.number} failed`);
    case 'retry': {
      const after = draws.happens(`policy ${which}`, 0.5)
        ? undefined
        : draws.spread(`after ${which}`, 1, 6_000_000);
      throw new Retry({ after });
    }
    case 'snooze':
      throw new Snooze({ for: draws.spread(`snooze ${which}`, 1, 86_400_000) });
    case 'fail':
      throw new Fail('it will never work');
    case 'heed the signal':
      await sleep(process.clock, 3_600_000, signal);
      return 'never';
    case 'bad result':
      return BigInt(1);
  }
}
