import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  paginateListSchedules,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OFF, REGION, ROLE, SchedulerFixture, SEND_MESSAGE } from './scheduler-fixture.ts';

const PREFIX = `arn:aws:scheduler:${REGION}:000000000000`;

describe('an unmodified client of the local Scheduler', () => {
  let fixture: SchedulerFixture;
  let url: string;

  beforeEach(async () => {
    fixture = await SchedulerFixture.start();
    ({ url } = await fixture.queue());
  });
  afterEach(() => fixture[Symbol.asyncDispose]());

  const { send } = {
    send: ((command) => fixture.client.send(command)) as SchedulerFixture['client']['send'],
  };
  const target = () => ({
    Arn: SEND_MESSAGE,
    RoleArn: ROLE,
    Input: JSON.stringify({ QueueUrl: url, MessageBody: 'x' }),
  });
  const schedule = (Name: string, rest: object = {}) => ({
    Name,
    ScheduleExpression: 'rate(1 day)',
    FlexibleTimeWindow: OFF,
    Target: target(),
    ...rest,
  });
  const group = (Name: string) => send(new CreateScheduleGroupCommand({ Name }));

  describe('of schedules', () => {
    it('gets what it has created, with the service’s defaults', async () => {
      await group('tenants');
      const StartDate = new Date('2027-05-01T00:00:00Z');
      const input = schedule('report', { GroupName: 'tenants', Description: 'daily', StartDate });
      const { ScheduleArn } = await send(new CreateScheduleCommand(input));
      expect(ScheduleArn).toBe(`${PREFIX}:schedule/tenants/report`);
      const found = await send(new GetScheduleCommand({ Name: 'report', GroupName: 'tenants' }));
      const { $metadata, ...rest } = found;
      expect($metadata.httpStatusCode).toBe(200);
      expect(rest).toEqual({
        ...input,
        Arn: ScheduleArn,
        ScheduleExpressionTimezone: 'UTC',
        State: 'ENABLED',
        ActionAfterCompletion: 'NONE',
        CreationDate: new Date('2027-01-01T00:00:00Z'),
        LastModificationDate: new Date('2027-01-01T00:00:00Z'),
        Target: {
          ...input.Target,
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      });
    });

    it('replaces all of it by an update: what it leaves out takes its default', async () => {
      await send(new CreateScheduleCommand(schedule('a', { State: 'DISABLED', Description: 'first' })));
      await fixture.scheduler.advance(60_000);
      await send(new UpdateScheduleCommand(schedule('a', { ScheduleExpression: 'rate(2 days)' })));
      const found = await send(new GetScheduleCommand({ Name: 'a' }));
      expect(found).toMatchObject({ ScheduleExpression: 'rate(2 days)', State: 'ENABLED' });
      expect(found.Description).toBeUndefined();
      expect(found.CreationDate).toEqual(new Date('2027-01-01T00:00:00Z'));
      expect(found.LastModificationDate).toEqual(new Date('2027-01-01T00:01:00Z'));
    });

    it('is told that one is not there, by the name of the error', async () => {
      for (const command of [
        new GetScheduleCommand({ Name: 'none' }),
        new DeleteScheduleCommand({ Name: 'none' }),
        new UpdateScheduleCommand(schedule('none')),
        new CreateScheduleCommand(schedule('a', { GroupName: 'none' })),
      ]) {
        const refused = send(command as GetScheduleCommand);
        await expect(refused).rejects.toThrow(ResourceNotFoundException);
        await expect(refused).rejects.toMatchObject({
          message: expect.stringContaining('none'),
          $metadata: { httpStatusCode: 404 },
        });
      }
    });

    it('creates a name once; the same request again, by its token, is answered as the first was', async () => {
      const input = schedule('a', { ClientToken: 'one', ScheduleExpression: 'at(2027-01-01T00:01:00)' });
      const first = await send(new CreateScheduleCommand(input));
      const again = await send(new CreateScheduleCommand(input));
      expect(again.ScheduleArn).toBe(first.ScheduleArn);
      const others = [
        { ...input, ClientToken: 'two' },
        { ...input, ClientToken: undefined },
        { ...input, Description: 'other' },
      ];
      for (const other of others) {
        const refused = send(new CreateScheduleCommand(other));
        await expect(refused).rejects.toThrow(ConflictException);
        await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 409 } });
      }
      await fixture.scheduler.advance(120_000);
      const late = await send(new CreateScheduleCommand(input));
      expect(late.ScheduleArn).toBe(first.ScheduleArn);
      expect(await fixture.bodies(url)).toEqual(['x']);
    });

    it('creates a name again when it was deleted', async () => {
      const input = schedule('a', { ClientToken: 'one' });
      await send(new CreateScheduleCommand(input));
      await send(new DeleteScheduleCommand({ Name: 'a' }));
      await send(new CreateScheduleCommand(input));
      expect((await send(new GetScheduleCommand({ Name: 'a' }))).Name).toBe('a');
    });

    it('lists them by group, prefix and state, page by page', async () => {
      await group('other');
      for (const Name of ['b-2', 'a-1', 'b-1', 'b-3']) await send(new CreateScheduleCommand(schedule(Name)));
      await send(new CreateScheduleCommand(schedule('b-9', { GroupName: 'other', State: 'DISABLED' })));
      const names = async (filter: object) =>
        (await send(new ListSchedulesCommand(filter))).Schedules?.map(({ Name }) => Name);
      expect(await names({})).toEqual(['a-1', 'b-1', 'b-2', 'b-3', 'b-9']);
      expect(await names({ GroupName: 'other' })).toEqual(['b-9']);
      expect(await names({ NamePrefix: 'b-', GroupName: 'default' })).toEqual(['b-1', 'b-2', 'b-3']);
      expect(await names({ State: 'DISABLED' })).toEqual(['b-9']);
      const pages: (string | undefined)[][] = [];
      for await (const { Schedules = [] } of paginateListSchedules(
        { client: fixture.client, pageSize: 2 },
        {},
      )) {
        pages.push(Schedules.map(({ Name }) => Name));
      }
      expect(pages).toEqual([['a-1', 'b-1'], ['b-2', 'b-3'], ['b-9']]);
      const [one] = (await send(new ListSchedulesCommand({ MaxResults: 1 }))).Schedules ?? [];
      expect(one).toMatchObject({ GroupName: 'default', State: 'ENABLED', Target: { Arn: SEND_MESSAGE } });
    });

    it.each([{ MaxResults: 0 }, { MaxResults: 101 }, { NextToken: 'nonsense' }])(
      'is refused a list by %j',
      async (query) => {
        await expect(send(new ListSchedulesCommand(query))).rejects.toThrow(ValidationException);
      },
    );
  });

  describe('of groups', () => {
    it('creates, gets and lists them, the default group among them', async () => {
      const { ScheduleGroupArn } = await group('tenants');
      expect(ScheduleGroupArn).toBe(`${PREFIX}:schedule-group/tenants`);
      expect(await send(new GetScheduleGroupCommand({ Name: 'tenants' }))).toMatchObject({
        Arn: ScheduleGroupArn,
        Name: 'tenants',
        State: 'ACTIVE',
      });
      const { ScheduleGroups = [] } = await send(new ListScheduleGroupsCommand({}));
      expect(ScheduleGroups.map(({ Name }) => Name)).toEqual(['default', 'tenants']);
      const filtered = await send(new ListScheduleGroupsCommand({ NamePrefix: 'ten' }));
      expect(filtered.ScheduleGroups).toHaveLength(1);
    });

    it('deletes one with its schedules, which fire no more', async () => {
      await group('tenants');
      const at = { GroupName: 'tenants', ScheduleExpression: 'at(2027-01-01T00:01:00)' };
      await send(new CreateScheduleCommand(schedule('a', at)));
      await send(new CreateScheduleCommand(schedule('kept', { ScheduleExpression: at.ScheduleExpression })));
      await send(new DeleteScheduleGroupCommand({ Name: 'tenants' }));
      await fixture.scheduler.advance(60_000);
      expect(fixture.delivered()).toHaveLength(1);
      await expect(send(new GetScheduleGroupCommand({ Name: 'tenants' }))).rejects.toThrow(
        ResourceNotFoundException,
      );
      await expect(send(new GetScheduleCommand({ Name: 'a', GroupName: 'tenants' }))).rejects.toThrow(
        ResourceNotFoundException,
      );
    });

    it('creates a name once, and again by its token', async () => {
      const input = { Name: 'tenants', ClientToken: 'one' };
      const first = await send(new CreateScheduleGroupCommand(input));
      expect((await send(new CreateScheduleGroupCommand(input))).ScheduleGroupArn).toBe(
        first.ScheduleGroupArn,
      );
      await expect(group('tenants')).rejects.toThrow(ConflictException);
    });

    it('keeps the default group', async () => {
      await expect(send(new DeleteScheduleGroupCommand({ Name: 'default' }))).rejects.toThrow(
        ValidationException,
      );
    });

    it('tags them', async () => {
      const Tags = [{ Key: 'team', Value: 'jobs' }];
      const { ScheduleGroupArn: ResourceArn } = await send(
        new CreateScheduleGroupCommand({ Name: 'g', Tags }),
      );
      await send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'stage', Value: 'test' }] }));
      await send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team'] }));
      const { Tags: left } = await send(new ListTagsForResourceCommand({ ResourceArn }));
      expect(left).toEqual([{ Key: 'stage', Value: 'test' }]);
    });
  });

  it('is told of a request that is none of the service’s', async () => {
    const answer = await fetch(`${fixture.scheduler.endpoint}/nonsense`);
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([
      404,
      'UnknownOperationException',
    ]);
  });
});
