import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OFF, ROLE, SchedulerFixture, SEND_MESSAGE } from './scheduler-fixture.ts';

const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:jobs';
const REQUEST = { QueueUrl: 'http://127.0.0.1:1/000000000000/jobs', MessageBody: 'x' };
const sendMessage = (request: unknown) => ({ Arn: SEND_MESSAGE, Input: JSON.stringify(request) });

describe('what AWS would refuse of a schedule', () => {
  let fixture: SchedulerFixture;

  // The clock stands at the beginning of 2027.
  beforeAll(async () => {
    fixture = await SchedulerFixture.start();
  });
  afterAll(() => fixture?.[Symbol.asyncDispose]());

  const create = async (changes: Record<string, unknown>): Promise<unknown> => {
    const { Target, ...rest } = changes;
    const input = {
      Name: 'schedule',
      ScheduleExpression: 'rate(1 day)',
      FlexibleTimeWindow: OFF,
      State: 'DISABLED',
      ...rest,
      Target: { Arn: QUEUE, RoleArn: ROLE, Input: 'x', ...(Target as object) },
    };
    return fixture.client.send(
      new CreateScheduleCommand(input as ConstructorParameters<typeof CreateScheduleCommand>[0]),
    );
  };

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a name with other characters', { Name: 'a b' }, /Name/],
    ['a name of 65 characters', { Name: 'x'.repeat(65) }, /Name/],
    ['a group’s name with other characters', { GroupName: 'a/b' }, /GroupName/],
    ['a token with other characters', { ClientToken: 'a.b' }, /ClientToken/],
    ['no expression', { ScheduleExpression: undefined }, /ScheduleExpression/],
    [
      'an expression of another form',
      { ScheduleExpression: 'every day' },
      /Invalid Schedule Expression every day/,
    ],
    ['a cron with both days', { ScheduleExpression: 'cron(0 0 1 * MON *)' }, /exactly one of day-of-month/],
    ['a time in the past', { ScheduleExpression: 'at(2026-12-31T23:59:59)' }, /past/],
    [
      'a time that the zone has passed',
      { ScheduleExpression: 'at(2027-01-01T08:00:00)', ScheduleExpressionTimezone: 'Asia/Tokyo' },
      /past/,
    ],
    ['an unknown zone', { ScheduleExpressionTimezone: 'Mars/Olympus' }, /IANA time zone/],
    [
      'a start before the grace',
      { StartDate: new Date('2026-12-31T23:54:00Z') },
      /cannot be earlier than 5 minutes ago/,
    ],
    ['an end in the past', { EndDate: new Date('2026-12-31T23:59:00Z') }, /EndDate/],
    [
      'an end before the start',
      { StartDate: new Date('2027-02-01T00:00:00Z'), EndDate: new Date('2027-01-15T00:00:00Z') },
      /EndDate/,
    ],
    ['a state of another name', { State: 'PAUSED' }, /State/],
    ['another action after completion', { ActionAfterCompletion: 'KEEP' }, /ActionAfterCompletion/],
    ['a description of 513 characters', { Description: 'x'.repeat(513) }, /Description/],
    ['no window', { FlexibleTimeWindow: undefined }, /FlexibleTimeWindow/],
    [
      'a flexible window without its length',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } },
      /MaximumWindowInMinutes/,
    ],
    [
      'a length without a flexible window',
      { FlexibleTimeWindow: { ...OFF, MaximumWindowInMinutes: 5 } },
      /only then/,
    ],
    [
      'a window of more than a day',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1_441 } },
      /MaximumWindowInMinutes/,
    ],
    ['no role', { Target: { RoleArn: undefined } }, /Target.RoleArn/],
    ['a role that is none', { Target: { RoleArn: 'role' } }, /Target.RoleArn/],
    ['no target', { Target: { Arn: undefined } }, /Target.Arn/],
    [
      'a target that is not emulated',
      { Target: { Arn: 'arn:aws:sns:eu-west-1:000000000000:topic' } },
      /not supported/,
    ],
    [
      'another universal target',
      { Target: { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:purgeQueue' } },
      /not supported/,
    ],
    ['an input over 256 KB', { Target: { Input: 'x'.repeat(262_145) } }, /262145 bytes/],
    [
      'an input of 256 KB in characters of more bytes',
      { Target: { Input: 'é'.repeat(131_073) } },
      /262146 bytes/,
    ],
    ['an empty input', { Target: { Input: '' } }, /Target.Input/],
    [
      'a universal target without input',
      { Target: { Arn: SEND_MESSAGE, Input: undefined } },
      /not a JSON object/,
    ],
    [
      'a universal target’s input that is not JSON',
      { Target: { Arn: SEND_MESSAGE, Input: '{' } },
      /not JSON/,
    ],
    [
      'a universal target’s input without a body',
      { Target: sendMessage({ QueueUrl: 'x' }) },
      /missing the following field\(s\): MessageBody/,
    ],
    [
      'a universal target’s input in camel case',
      { Target: sendMessage({ queueUrl: 'x', messageBody: 'x' }) },
      /missing the following field/,
    ],
    [
      'a universal target’s input with other fields',
      { Target: sendMessage({ ...REQUEST, Extra: 1 }) },
      /unknown field\(s\): Extra/,
    ],
    [
      'a function’s input that is not JSON',
      { Target: { Arn: 'arn:aws:lambda:eu-west-1:000000000000:function:f' } },
      /not JSON/,
    ],
    ['a FIFO queue without a group', { Target: { Arn: `${QUEUE}.fifo` } }, /MessageGroupId/],
    [
      'a FIFO dead-letter queue',
      { Target: { DeadLetterConfig: { Arn: `${QUEUE}.fifo` } } },
      /DeadLetterConfig.Arn/,
    ],
    [
      'more than 185 retries',
      { Target: { RetryPolicy: { MaximumRetryAttempts: 186 } } },
      /MaximumRetryAttempts/,
    ],
    [
      'an event age under a minute',
      { Target: { RetryPolicy: { MaximumEventAgeInSeconds: 59 } } },
      /MaximumEventAgeInSeconds/,
    ],
    [
      'an event age over a day',
      { Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_401 } } },
      /MaximumEventAgeInSeconds/,
    ],
  ])('is refused: %s', async (_, changes, message) => {
    const refused = create(changes);
    await expect(refused).rejects.toThrow(ValidationException);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('is refused of a group: a name with other characters', async () => {
    const refused = fixture.client.send(new CreateScheduleGroupCommand({ Name: 'a b' }));
    await expect(refused).rejects.toThrow(ValidationException);
  });

  it('is not what AWS takes at its limits', async () => {
    await create({
      Name: 'x'.repeat(64),
      StartDate: new Date('2026-12-31T23:55:00Z'),
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1_440 },
      Target: {
        Input: 'x'.repeat(262_144),
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: QUEUE },
      },
    });
    // AWS ignores both dates of a single time.
    await create({
      Name: 'once',
      ScheduleExpression: 'at(2027-06-01T00:00:00)',
      StartDate: new Date('2020-01-01T00:00:00Z'),
      EndDate: new Date('2020-01-01T00:00:00Z'),
    });
  });
});
