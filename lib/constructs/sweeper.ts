import { Duration, Tokenization } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { STACK_DEFAULTS } from './defaults.ts';
import { environmentOf, type LogSettings, type RecordRetentions } from './function-settings.ts';
import { grantSweep } from './grants.ts';
import type { JobTable } from './job-table.ts';
import { SystemFunction } from './system-function.ts';

export interface SweeperProps {
  readonly table: JobTable;
  readonly retentions: RecordRetentions;
  /** The longest that a message can exist: in a queue, then in its dead-letter queue. */
  readonly messageRetention: Duration;
  readonly logs: LogSettings;
}

/** The scheduled function that goes over the job table, a part a run, for what no message brings back any more. */
export class Sweeper extends SystemFunction {
  constructor(scope: Construct, id: string, { table, retentions, messageRetention, logs }: SweeperProps) {
    super(scope, id, {
      name: 'sweeper',
      description: 'Millrace: mends jobs that no message brings back',
      environment: environmentOf('sweeper', {
        table: table.tableName,
        retention: Tokenization.stringifyNumber(retentions.retention.toSeconds()),
        deadRetention: Tokenization.stringifyNumber(retentions.deadRetention.toSeconds()),
        messageRetention: Tokenization.stringifyNumber(messageRetention.toSeconds()),
      }),
      logs,
    });
    grantSweep(this, table);
    // One run that fails is made up for by the next: nothing here is urgent, so nothing is tried again at once.
    new Rule(this, 'Schedule', {
      description: 'Runs the sweeper of the job table',
      schedule: Schedule.rate(Duration.minutes(STACK_DEFAULTS.sweepMinutes)),
      targets: [new LambdaFunction(this.alias, { retryAttempts: 0 })],
    });
  }
}
