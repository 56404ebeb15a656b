import { Duration } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRIORITIES } from '../../../lib/contract/index.ts';
import { goEveryWay } from './every-way.ts';
import { type FixtureCloud, startFixture } from './fixture-cloud.ts';
import {
  denied,
  deniedToSchedules,
  granted,
  needed,
  neededBySchedules,
  type Permission,
  unused,
} from './iam-evaluation.ts';

const WORKER = 'Millrace/Pool-default/Worker';
const ROUGH_WORKER = 'Millrace/Pool-rough/Worker';
const FUNCTIONS = [
  WORKER,
  ROUGH_WORKER,
  'Millrace/Lifecycle/Function',
  'Millrace/Recorder/Function',
  'Millrace/Sweeper/Function',
  'Producer',
  'Operator',
];

/**
 * The service authorisation reference names no resource for it, so the simulator knows none; DynamoDB's guide grants it
 * to a Lambda function on the stream's ARN ("IAM policy to allow a Lambda function to access DynamoDB stream records").
 */
const GRANTED_BY_GUIDE = 'dynamodb:ListStreams';

const sends = (pool: string) =>
  PRIORITIES.map((priority) => `sqs:SendMessage Queues/${pool}/${priority}/Jobs`);

/** What a run of every way of a job leaves unused, and why it stands all the same. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  // A worker has the queues of all pools in its environment: its handlers may enqueue jobs of any.
  [WORKER]: sends('rough'),
  [ROUGH_WORKER]: sends('default'),
  // It says in a job's history that the stack has no queue for it any more: here every pool stays.
  'Millrace/Lifecycle/Function': ['dynamodb:PutItem Jobs/Table'],
};

describe('the policies of the synthesised stack', () => {
  let fixture: FixtureCloud;
  let used: Permission[];

  beforeAll(async () => {
    // Batches of some jobs are claimed and settled otherwise than one.
    const priorities = { maxConcurrency: 2, batchWindow: Duration.seconds(1) };
    fixture = await startFixture({ recordCalls: true, callers: true, priorities });
    await goEveryWay(fixture);
    used = needed(fixture.cloud.requests());
  }, 180_000);

  afterAll(async () => {
    await fixture?.[Symbol.asyncDispose]();
  });

  const idOf = (path: string) => fixture.cloud.resources.get(`Fixture/${path}`).logicalId;
  const arnOf = (path: string) => fixture.cloud.resources.get(path).arn ?? '';

  it('allow every call that a function made', async () => {
    const all = fixture.cloud.functions.all.map(({ logicalId }) => logicalId);
    expect(FUNCTIONS.map(idOf).sort()).toEqual(all.sort());
    expect(new Set(used.map((permission) => permission.function))).toEqual(new Set(all));
    const judged = used.filter(({ action }) => action !== GRANTED_BY_GUIDE);
    expect(await denied(fixture.cloud, judged)).toEqual([]);
    expect(used.length - judged.length).toBe(1);
  });

  it('allow Scheduler what the schedules ask of it, by the roles that they name', async () => {
    const asked = neededBySchedules(fixture.cloud.requests());
    const actions = new Set(asked.map(({ action }) => action));
    // The sweeper is invoked, jobs are sent, and what cannot be sent goes to the dead-letter queue.
    expect(actions).toEqual(new Set(['lambda:InvokeFunction', 'sqs:SendMessage']));
    expect(asked.map(({ resource }) => resource)).toContain(arnOf('Fixture/Millrace/Scheduler/DeadLetters'));
    expect(await deniedToSchedules(fixture.cloud, asked)).toEqual([]);
    const [role = ''] = asked
      .filter(({ action }) => action === 'sqs:SendMessage')
      .map((each) => each.function);
    const queue = arnOf('Fixture/Millrace/Queues/default/normal/DeadLetters');
    const forbidden = [{ function: role, action: 'sqs:SendMessage', resource: queue }];
    expect(await deniedToSchedules(fixture.cloud, forbidden)).toEqual(forbidden);
  });

  it('refuse what is not a function’s to do', async () => {
    const table = arnOf('Fixture/Millrace/Jobs/Table');
    const queue = arnOf('Fixture/Millrace/Queues/default/normal/Jobs');
    const deadLetters = arnOf('Fixture/Millrace/Queues/default/normal/DeadLetters');
    const forbidden: Permission[] = [
      { function: idOf('Operator'), action: 'sqs:SendMessage', resource: queue },
      { function: idOf('Millrace/Recorder/Function'), action: 'sqs:SendMessage', resource: queue },
      { function: idOf(WORKER), action: 'dynamodb:DeleteItem', resource: table },
      { function: idOf(WORKER), action: 'sqs:ReceiveMessage', resource: deadLetters },
      { function: idOf('Millrace/Lifecycle/Function'), action: 'dynamodb:Scan', resource: table },
      { function: idOf('Producer'), action: 'dynamodb:DeleteItem', resource: table },
      { function: idOf('Producer'), action: 'sqs:ReceiveMessage', resource: queue },
    ];
    expect(await denied(fixture.cloud, forbidden)).toEqual(forbidden);
  });

  it.each(FUNCTIONS)('grant %s nothing that it does not use, but what is listed', (path) => {
    const left = unused(granted(fixture.cloud, idOf(path)), used).map(
      ({ action, resource }) => `${action} ${readable(fixture, resource)}`,
    );
    const expected = UNUSED[path] ?? [];
    console.log(left.length === 0 ? `${path}: every grant used` : `${path}: unused\n  ${left.join('\n  ')}`);
    expect(left.toSorted()).toEqual(expected.toSorted());
  });
});

/** The construct's path in place of an ARN. */
function readable({ cloud }: FixtureCloud, arn: string): string {
  const [, group] = /:schedule\/[^/]*-(OneTime|Runtime)-[^/]*\/\*$/.exec(arn) ?? [];
  if (group) return `Scheduler/${group} schedules`;
  const owner = cloud.resources.all.find((each) => each.arn !== undefined && arn.startsWith(each.arn));
  const path = owner?.path?.replace(/^Fixture\/(Millrace\/)?/, '').replace(/\/Resource$/, '');
  return owner?.arn === undefined ? arn : `${path}${arn.slice(owner.arn.length)}`;
}
