import type { FunctionHost, LocalEventSink } from './functions/index.ts';
import { type LocalScheduler, type SchedulerEvent, startScheduler } from './scheduler/index.ts';

interface SchedulesOptions {
  readonly sqsEndpoint: string;
  readonly region: string;
  readonly account: string;
  readonly host: FunctionHost;
  readonly onEvent: LocalEventSink;
}

/**
 * The Scheduler of a local cloud. Schedules are made with their stack and may be due before its functions are there:
 * what they send to functions waits for `ready`.
 */
export async function startSchedules(
  options: SchedulesOptions,
): Promise<{ readonly scheduler: LocalScheduler; readonly ready: () => void }> {
  const { host, onEvent, ...rest } = options;
  const { promise: started, resolve: ready } = Promise.withResolvers<void>();
  const scheduler = await startScheduler({
    ...rest,
    invokeFunction: async (arn, event) => {
      await started;
      await host.invoke(functionNameOf(arn), event);
    },
    onEvent: (event) => {
      if (event.type === 'delivered') return;
      onEvent({
        type: 'schedule-failed',
        schedule: event.scheduleArn,
        time: Date.now(),
        message: messageOf(event),
      });
    },
  });
  return {
    scheduler: {
      ...scheduler,
      [Symbol.asyncDispose]: () => {
        // Whatever still waits shall fail rather than keep the cloud from ending.
        ready();
        return scheduler[Symbol.asyncDispose]();
      },
    },
    ready,
  };
}

function messageOf(event: Exclude<SchedulerEvent, { type: 'delivered' }>): string {
  if (event.type === 'given-up') {
    const fate = event.deadLetterArn === undefined ? 'lost' : `sent to ${event.deadLetterArn}`;
    return `given up and ${fate}: ${event.message}`;
  }
  const again = event.retryAt === undefined ? '' : ', and is tried again';
  return `try ${event.attempt} failed${again}: ${event.message}`;
}

/** `arn:aws:lambda:<region>:<account>:function:<name>`, with or without a version or an alias. */
function functionNameOf(arn: string): string {
  return arn.split(':')[6] ?? arn;
}
