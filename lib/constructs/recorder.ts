import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { STACK_DEFAULTS } from './defaults.ts';
import { environmentOf, type LogSettings, type RecordRetentions, secondsText } from './function-settings.ts';
import { grantConsume, grantRecord } from './grants.ts';
import type { JobQueues } from './job-queues.ts';
import type { JobTable } from './job-table.ts';
import type { Scheduler } from './scheduler.ts';
import { SystemFunction } from './system-function.ts';

export interface RecorderProps {
  readonly table: JobTable;
  readonly queues: JobQueues;
  readonly scheduler: Scheduler;
  readonly retentions: RecordRetentions;
  readonly logs: LogSettings;
}

/** The function on every dead-letter queue, EventBridge Scheduler's among them: it files what the workers could not parse or record. */
export class Recorder extends SystemFunction {
  constructor(scope: Construct, id: string, { table, queues, scheduler, retentions, logs }: RecorderProps) {
    super(scope, id, {
      name: 'recorder',
      description: 'Millrace: files dead letters in the job table',
      environment: environmentOf('recorder', {
        table: table.tableName,
        retention: secondsText(retentions.retention),
        deadRetention: secondsText(retentions.deadRetention),
      }),
      logs,
    });
    grantRecord(this, table);
    const all = queues.all.map(({ pool, priority, deadLetterQueue }) => ({
      id: `${pool}-${priority}`,
      queue: deadLetterQueue,
    }));
    const sources = [...all, { id: 'Scheduler', queue: scheduler.deadLetters }];
    grantConsume(
      this,
      sources.map(({ queue }) => queue),
    );
    for (const { id: source, queue } of sources) {
      new EventSourceMapping(this, source, {
        target: this.alias,
        eventSourceArn: queue.queueArn,
        batchSize: STACK_DEFAULTS.batchSize,
        maxConcurrency: STACK_DEFAULTS.recorderMaxConcurrency,
        reportBatchItemFailures: true,
      });
    }
  }
}
