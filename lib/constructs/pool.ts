import { existsSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { STACK_DEFAULTS } from './defaults.ts';
import {
  BUNDLING,
  environmentOf,
  FUNCTION_SETTINGS,
  type LogSettings,
  logsAndRole,
  type RecordRetentions,
  secondsText,
} from './function-settings.ts';
import { grantWork } from './grants.ts';
import type { JobQueues } from './job-queues.ts';
import type { JobTable } from './job-table.ts';
import type { PoolPlan } from './pool-plan.ts';
import type { PoolProps } from './pool-props.ts';
import type { PriorityQueue } from './priority-queue.ts';
import { StackRuleError } from './rules/index.ts';

export interface PoolConstructProps {
  readonly plan: PoolPlan;
  readonly settings: PoolProps;
  readonly table: JobTable;
  readonly queues: JobQueues;
  readonly retentions: RecordRetentions;
  readonly logs: LogSettings;
}

/** A worker function behind an alias, fed by the queues of its pool. Grant it what its handlers need. */
export class Pool extends Construct implements IGrantable {
  /** The pool's name, as `defineJob` gives it. */
  readonly pool: string;
  readonly worker: NodejsFunction;
  /** `live`: what the event sources invoke. */
  readonly alias: Alias;
  readonly logGroup: LogGroup;
  /** Highest priority first. */
  readonly queues: readonly PriorityQueue[];
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: PoolConstructProps) {
    super(scope, id);
    const { plan, settings, table, queues, retentions, logs } = props;
    checkEntry(plan.name, settings.entry);
    const { logGroup, role } = logsAndRole(this, logs);
    this.pool = plan.name;
    this.logGroup = logGroup;
    this.grantPrincipal = role;
    this.worker = new NodejsFunction(this, 'Worker', {
      ...FUNCTION_SETTINGS,
      description: `Millrace: runs the jobs of the pool '${plan.name}'`,
      entry: settings.entry,
      handler: settings.handler ?? 'handler',
      memorySize: settings.memorySize ?? STACK_DEFAULTS.workerMemory,
      timeout: Duration.seconds(plan.functionTimeout),
      reservedConcurrentExecutions: plan.reserved,
      role,
      logGroup,
      awsSdkConnectionReuse: false,
      bundling: { ...BUNDLING, ...settings.bundling },
      environment: {
        ...settings.environment,
        ...environmentOf('worker', {
          table: table.tableName,
          queues: queues.json,
          pool: plan.name,
          concurrency: String(plan.concurrency),
          retention: secondsText(retentions.retention),
          deadRetention: secondsText(retentions.deadRetention),
        }),
      },
    });
    grantWork(role, { tableArn: table.tableArn, queueArns: queues.arns });
    this.alias = new Alias(this, 'Live', { aliasName: 'live', version: this.worker.currentVersion });
    this.queues = queues.of(plan.name);
    for (const queue of this.queues) queue.feed(this.alias);
  }
}

function checkEntry(pool: string, entry: string): void {
  if (existsSync(entry)) return;
  throw new StackRuleError({
    rule: 'entry-missing',
    what: `The worker's source of the pool '${pool}' does not exist`,
    got: entry,
    expected: `a file, relative to ${process.cwd()} or absolute`,
    fix: `correct pools.${pool}.entry`,
    context: { pool, entry },
  });
}
