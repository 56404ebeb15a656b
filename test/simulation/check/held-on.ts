import type { JobStore } from '../aws/job-store.ts';
import type { Process } from '../world/process.ts';
import type { JobLog } from './job-log.ts';
import { BEARABLE } from './strain.ts';

/**
 * The jobs whose lease a worker holds still as it answers, though it lived, never stood still since it took it, and met
 * fewer faults than it can bear: each has to be settled by then, or handed back.
 */
export function heldOn(by: Process, { logs, store }: { logs: readonly JobLog[]; store: JobStore }): JobLog[] {
  if (by.impaired) return [];
  return logs.filter(({ id, lease, strain }) => {
    if (lease?.by !== by || lease.ended !== undefined || lease.freezes !== by.freezes) return false;
    const record = store.state(id);
    const holds = record?.status === 'running' && record.token === lease.token;
    return holds && strain - lease.strain < BEARABLE;
  });
}
