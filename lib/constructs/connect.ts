import type { Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct, type IConstruct } from 'constructs';
import { environmentOf, secondsText } from './function-settings.ts';
import { grantEnqueue, grantOperate, grantRead, type JobResources } from './grants.ts';

/** A Millrace of this app or of another: what producers and operators need of it. */
export interface IMillrace extends IConstruct {
  readonly tableName: string;
  readonly tableArn: string;
  /** JSON: pool → priority → queue URL. */
  readonly queuesJson: string;
  /** JSON: pool → priority → UUID of the event source mapping; undefined where an imported Millrace does not name them. */
  readonly eventSourcesJson: string | undefined;
  /** JSON: pool → priority → URL of the dead-letter queue; undefined where an imported Millrace does not name them. */
  readonly deadLetterQueuesJson: string | undefined;
  /** The name of the group of the one-time schedules; undefined where an imported Millrace does not name it. */
  readonly oneTimeGroup: string | undefined;
  /** How long the record of an ended job is kept; undefined where an imported Millrace does not say. */
  readonly retention: Duration | undefined;
  /** How long the record of a dead job is kept; undefined where an imported Millrace does not say. */
  readonly deadRetention: Duration | undefined;
  /** Lets a producer enqueue, and with `grantRead` make and change schedules. */
  grantEnqueue(grantee: IGrantable): Grant;
  /** Lets a caller read jobs and list the dead ones. */
  grantRead(grantee: IGrantable): Grant;
  /** Lets an operator read jobs, cancel and redrive them, look at queues and one-time schedules, drain and resume queues. */
  grantOperate(grantee: IGrantable): Grant;
  /** Lets a function enqueue jobs and wait for them: sets its environment and grants both. */
  connect(fn: LambdaFunction): void;
  /** Lets a function do what `millrace/operate` can: sets its environment and grants it. */
  connectOperator(fn: LambdaFunction): void;
}

/** What `Millrace` and an imported one have in common. */
export abstract class ConnectableMillrace extends Construct implements IMillrace {
  abstract readonly tableName: string;
  abstract readonly tableArn: string;
  abstract readonly queuesJson: string;
  abstract readonly eventSourcesJson: string | undefined;
  abstract readonly deadLetterQueuesJson: string | undefined;
  abstract readonly oneTimeGroup: string | undefined;
  abstract readonly retention: Duration | undefined;
  abstract readonly deadRetention: Duration | undefined;
  protected abstract readonly resources: JobResources;

  grantEnqueue(grantee: IGrantable): Grant {
    return grantEnqueue(grantee, this.resources);
  }

  grantRead(grantee: IGrantable): Grant {
    return grantRead(grantee, this.resources);
  }

  grantOperate(grantee: IGrantable): Grant {
    return grantOperate(grantee, this.resources);
  }

  connect(fn: LambdaFunction): void {
    addKnown(fn, environmentOf('producer', this.#known));
    this.grantEnqueue(fn);
    this.grantRead(fn);
  }

  connectOperator(fn: LambdaFunction): void {
    const { eventSourcesJson: eventSources = '', deadLetterQueuesJson: deadLetterQueues = '' } = this;
    const { oneTimeGroup = '' } = this;
    addKnown(fn, environmentOf('operator', { ...this.#known, eventSources, deadLetterQueues, oneTimeGroup }));
    this.grantOperate(fn);
  }

  get #known() {
    return {
      table: this.tableName,
      queues: this.queuesJson,
      retention: this.retention ? secondsText(this.retention) : '',
      deadRetention: this.deadRetention ? secondsText(this.deadRetention) : '',
    };
  }
}

/** What an imported Millrace does not know is left out: the verbs that need it say so, or go by their defaults. */
function addKnown(fn: LambdaFunction, variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) if (value !== '') fn.addEnvironment(name, value);
}
