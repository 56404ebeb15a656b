import { SchedulerClient, type SchedulerClientConfig } from '@aws-sdk/client-scheduler';
import { SHORT_CALL_LIMITS } from '../contract/index.ts';

/**
 * A client of EventBridge Scheduler for whom all the changes behind one wait: it gives a call up after two tries, six
 * seconds each at most where not even the connection is made. What it could not do has another way, or is asked for again.
 */
export function createSchedulerClient(config: SchedulerClientConfig = {}): SchedulerClient {
  return new SchedulerClient({ requestHandler: SHORT_CALL_LIMITS, maxAttempts: 2, ...config });
}
