import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DEAD_INDEX, WATCH_INDEX } from '../state/index.ts';

// Each list holds exactly the actions that the code makes. A batch call is authorised by the action of its single form
// (SendMessageBatch by sqs:SendMessage); PartiQL has actions of its own.

export interface JobResources {
  readonly tableArn: string;
  /** Every pool's queues. */
  readonly queueArns: readonly string[];
  /** Their dead-letter queues; none where an imported Millrace does not name them. */
  readonly deadLetterArns: readonly string[];
  /** The event source mappings of the workers; none where an imported Millrace does not name them. */
  readonly eventSourceArns: readonly string[];
  /** Of every one-time schedule; undefined where an imported Millrace does not name their group. */
  readonly oneTimeArn: string | undefined;
}

type TableAndQueues = Pick<JobResources, 'tableArn' | 'queueArns'>;
type GrantTo<R = TableAndQueues> = (grantee: IGrantable, resources: R) => Grant;

/** Put a record, mark it for the outbox, find the one that is already there; send. Put, change and trigger schedules. */
export const grantEnqueue: GrantTo = (grantee, { tableArn, queueArns }) =>
  allow(
    grantee,
    ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:GetItem', 'dynamodb:PartiQLInsert'],
    [tableArn],
  ).combine(allow(grantee, ['sqs:SendMessage'], queueArns));

/** Read jobs, their payloads, results and failed attempts; list dead jobs. */
export const grantRead: GrantTo = (grantee, { tableArn }) =>
  allow(grantee, ['dynamodb:GetItem', 'dynamodb:Query'], [tableArn]).combine(
    allow(grantee, ['dynamodb:Query'], [`${tableArn}/index/${DEAD_INDEX}`]),
  );

/**
 * Read, cancel and redrive, and say so in the job's history; count what lies in the queues; look at one-time schedules;
 * pause and resume queues.
 */
export const grantOperate: GrantTo<JobResources> = (grantee, resources) => {
  const { tableArn, queueArns, deadLetterArns, eventSourceArns, oneTimeArn } = resources;
  const grant = grantRead(grantee, resources)
    .combine(allow(grantee, ['dynamodb:UpdateItem', 'dynamodb:PutItem'], [tableArn]))
    .combine(allow(grantee, ['sqs:GetQueueAttributes'], [...queueArns, ...deadLetterArns]));
  const feeding = ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'];
  const known = [
    ...(eventSourceArns.length === 0 ? [] : [allow(grantee, feeding, eventSourceArns)]),
    ...(oneTimeArn === undefined ? [] : [allow(grantee, ['scheduler:GetSchedule'], [oneTimeArn])]),
  ];
  return known.reduce((all, each) => all.combine(each), grant);
};

/** Claim, settle, and dispatch again. */
export const grantWork: GrantTo = (grantee, { tableArn, queueArns }) =>
  allow(
    grantee,
    ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:PartiQLUpdate'],
    [tableArn],
  ).combine(allow(grantee, ['sqs:SendMessage'], queueArns));

/** Schedules by their groups, and the role that they send by. */
export interface ScheduleResources {
  /** Of every one-time schedule. */
  readonly oneTimeArn: string;
  /** Of every schedule that is made at run time. */
  readonly runtimeArn: string;
  readonly roleArn: string;
}

/**
 * Send what is in the outbox; delete what an expired job left; make, change and delete schedules; let the next job of a
 * schedule go; file jobs that have no queue any more.
 */
export const grantLifecycle: GrantTo<TableAndQueues & ScheduleResources> = (grantee, resources) => {
  const { tableArn, queueArns, oneTimeArn, runtimeArn, roleArn } = resources;
  const passRole = new PolicyStatement({
    actions: ['iam:PassRole'],
    resources: [roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
  });
  grantee.grantPrincipal.addToPrincipalPolicy(passRole);
  const table = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
  return allow(
    grantee,
    table.map((action) => `dynamodb:${action}`),
    [tableArn],
  )
    .combine(allow(grantee, ['sqs:SendMessage'], queueArns))
    .combine(
      allow(grantee, ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'], [oneTimeArn, runtimeArn]),
    )
    .combine(allow(grantee, ['scheduler:UpdateSchedule'], [runtimeArn]));
};

/** File dead letters. */
export function grantRecord(grantee: IGrantable, { tableArn }: Pick<JobResources, 'tableArn'>): Grant {
  return allow(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [tableArn]);
}

/** Read the table slowly, find passed deadlines, mend what no message brings back, and keep the place. */
export function grantSweep(grantee: IGrantable, { tableArn }: Pick<JobResources, 'tableArn'>): Grant {
  const actions = ['Scan', 'GetItem', 'PutItem', 'UpdateItem'];
  return allow(
    grantee,
    actions.map((action) => `dynamodb:${action}`),
    [tableArn],
  ).combine(allow(grantee, ['dynamodb:Query'], [`${tableArn}/index/${WATCH_INDEX}`]));
}

/** What an event source needs, and ChangeMessageVisibility, by which a message is left for later. */
export function grantConsume(grantee: IGrantable, queues: readonly IQueue[]): Grant {
  const actions = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility'];
  return allow(
    grantee,
    actions.map((action) => `sqs:${action}`),
    queues.map((queue) => queue.queueArn),
  );
}

/** What a stream event source needs. Lambda asks for ListStreams too when it creates one. */
export function grantStream(grantee: IGrantable, streamArn: string): Grant {
  const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
  return allow(
    grantee,
    actions.map((action) => `dynamodb:${action}`),
    [streamArn],
  );
}

export function allow(
  grantee: IGrantable,
  actions: readonly string[],
  resourceArns: readonly string[],
): Grant {
  return Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...resourceArns] });
}
