import { Arn, ArnFormat, Aws, type Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV, type EventSources, type QueueUrls, readEnvironment } from '../contract/index.ts';
import { ConnectableMillrace } from './connect.ts';
import type { JobResources } from './grants.ts';
import { StackRuleError } from './rules/index.ts';

/** Where another app's Millrace is, as its stack outputs say. */
export interface MillraceAttributes {
  /** The stack output `MillraceTableName`. */
  readonly tableName: string;
  /**
   * The stack output `MillraceQueues`: its JSON, or the object that it stands for. A single queue URL may be a token
   * (`Fn.importValue`), the whole text may not: its queues would not be known.
   */
  readonly queues: string | QueueUrls;
  /**
   * The stack output `MillraceDeadLetterQueues`, in the same forms.
   * @default none: operators do not see what lies in the dead-letter queues
   */
  readonly deadLetterQueues?: string | QueueUrls;
  /**
   * The stack output `MillraceEventSources`, in the same forms.
   * @default none: operators can neither drain nor resume
   */
  readonly eventSources?: string | EventSources;
  /**
   * The stack output `MillraceOneTimeGroup`.
   * @default none: operators do not look at the schedules of far jobs
   */
  readonly oneTimeGroup?: string;
  /**
   * The stack output `MillraceRetentionSeconds`: `Duration.seconds(…)`.
   * @default none: clients go by the stack's default, 30 days
   */
  readonly retention?: Duration;
  /**
   * The stack output `MillraceDeadRetentionSeconds`: `Duration.seconds(…)`.
   * @default none: clients go by the stack's default, 90 days
   */
  readonly deadRetention?: Duration;
}

/** A Millrace of another app or stack, in the same account or not: it grants and connects, and makes nothing. */
export class ImportedMillrace extends ConnectableMillrace {
  readonly tableName: string;
  readonly tableArn: string;
  readonly queuesJson: string;
  readonly eventSourcesJson: string | undefined;
  readonly deadLetterQueuesJson: string | undefined;
  readonly oneTimeGroup: string | undefined;
  readonly retention: Duration | undefined;
  readonly deadRetention: Duration | undefined;
  protected readonly resources: JobResources;

  constructor(scope: Construct, id: string, { tableName, ...attributes }: MillraceAttributes) {
    super(scope, id);
    const byPool = readOutput('queues', attributes.queues);
    const deadLetters =
      attributes.deadLetterQueues && readOutput('deadLetterQueues', attributes.deadLetterQueues);
    const sources = attributes.eventSources && readOutput('eventSources', attributes.eventSources);
    const [first, ...rest] = Object.values(byPool).flatMap((pool) => Object.values(pool));
    if (first === undefined) throw notReadable('no queues');
    const { region, account } = partsOf(first);
    this.tableName = tableName;
    this.oneTimeGroup = attributes.oneTimeGroup;
    this.retention = attributes.retention;
    this.deadRetention = attributes.deadRetention;
    this.tableArn = Arn.format(
      {
        partition: Aws.PARTITION,
        service: 'dynamodb',
        region,
        account,
        resource: 'table',
        resourceName: tableName,
      },
      Stack.of(this),
    );
    const json = (value: object) => Stack.of(this).toJsonString(value);
    this.queuesJson = json(byPool);
    this.deadLetterQueuesJson = deadLetters && json(deadLetters);
    this.eventSourcesJson = sources && json(sources);
    this.resources = {
      tableArn: this.tableArn,
      queueArns: [first, ...rest].map((url) => this.#queueArn(url)),
      deadLetterArns: valuesOf(deadLetters).map((url) => this.#queueArn(url)),
      eventSourceArns: valuesOf(sources).map((uuid) => this.#eventSourceArn({ uuid, region, account })),
      oneTimeArn: this.#schedulesArn({ group: attributes.oneTimeGroup, region, account }),
    };
  }

  /** Lambda runs where its queues are. */
  #eventSourceArn({ uuid, ...where }: { uuid: string; region: string; account: string }): string {
    return Arn.format(
      {
        ...where,
        partition: Aws.PARTITION,
        service: 'lambda',
        resource: 'event-source-mapping',
        resourceName: uuid,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      },
      Stack.of(this),
    );
  }

  #schedulesArn({
    group,
    ...where
  }: {
    group: string | undefined;
    region: string;
    account: string;
  }): string | undefined {
    if (group === undefined) return undefined;
    const named = { service: 'scheduler', resource: 'schedule', resourceName: `${group}/*` };
    return Arn.format({ ...where, ...named, partition: Aws.PARTITION }, Stack.of(this));
  }

  #queueArn(url: string): string {
    const { region, account, name } = partsOf(url);
    return Arn.format(
      { partition: Aws.PARTITION, service: 'sqs', region, account, resource: name },
      Stack.of(this),
    );
  }
}

/** `https://sqs.<region>.amazonaws.com/<account>/<name>`, taken apart by functions that work on tokens too. */
function partsOf(url: string): { region: string; account: string; name: string } {
  const path = (index: number) => Fn.select(index, Fn.split('/', url));
  if (Token.isUnresolved(url)) {
    return { region: Fn.select(1, Fn.split('.', path(2))), account: path(3), name: path(4) };
  }
  const { hostname, pathname } = new URL(url);
  const [, account, name] = pathname.split('/');
  const region = hostname.split('.')[1];
  if (region && account && name) return { region, account, name };
  throw notReadable(url);
}

function valuesOf(byPool: QueueUrls | undefined | ''): string[] {
  return Object.values(byPool || {}).flatMap((pool) => Object.values(pool));
}

function readOutput(
  key: 'queues' | 'deadLetterQueues' | 'eventSources',
  value: string | QueueUrls,
): QueueUrls {
  if (typeof value !== 'string') return value;
  if (Token.isUnresolved(value)) throw notReadable('a token');
  return readEnvironment({ [ENV[key]]: value }, [key])[key];
}

function notReadable(got: string): StackRuleError {
  return new StackRuleError({
    rule: 'import',
    what: 'The queues of an imported Millrace cannot be read when the stack is synthesised',
    got,
    expected: 'the value of the stack output MillraceQueues: JSON, pool → priority → queue URL',
    fix: 'pass the output’s value, or an object whose queue URLs are literals or tokens',
  });
}
