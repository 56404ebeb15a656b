import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { Agenda } from './agenda.ts';
import type { AskedOnce } from './asked.ts';
import { CLIENT_TOKEN, check, checkSchedule, NAME } from './checks.ts';
import type { Firing } from './firing.ts';
import { page } from './page.ts';
import type { Schedule } from './schedule.ts';
import { conflict } from './service-error.ts';
import { DEFAULT_GROUP, type Store } from './store.ts';

export interface Operating {
  readonly store: Store;
  readonly firing: Firing;
  readonly agenda: Agenda;
  readonly asked: AskedOnce;
}

/** A call as it came: the name in its path, its query, its body. */
export interface Call {
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const ADDRESS = v.object({
  GroupName: v.optional(NAME, DEFAULT_GROUP),
  ClientToken: v.optional(CLIENT_TOKEN),
});

export function createSchedule(operating: Operating, { name, body }: Call): object {
  const { store, agenda } = operating;
  check(NAME, name, 'Name');
  const { GroupName: group, ClientToken: clientToken } = check(ADDRESS, body);
  store.group(group);
  const now = agenda.now();
  const known = store.findSchedule(group, name);
  if (known) return { ScheduleArn: sameAgain(known, { body, clientToken }).arn };
  const { settings, expression } = checkSchedule(body, now);
  const arn = store.scheduleArn(group, name);
  const schedule: Schedule = {
    arn,
    group,
    name,
    settings,
    expression,
    createdAt: now,
    modifiedAt: now,
    ...(clientToken !== undefined && { clientToken }),
  };
  begin(operating, schedule);
  return { ScheduleArn: arn };
}

/** A repeated request is answered as the first was; another one of its name is refused. */
function sameAgain(
  known: Schedule,
  { body, clientToken }: { body: unknown; clientToken?: string },
): Schedule {
  const repeated = clientToken !== undefined && clientToken === known.clientToken;
  // By the time of the first: the same words may lie in the past by now.
  if (repeated && isDeepStrictEqual(checkSchedule(body, known.createdAt).settings, known.settings))
    return known;
  throw conflict(
    repeated
      ? `ClientToken ${clientToken} was used with other parameters.`
      : `Schedule ${known.name} already exists.`,
  );
}

/** AWS: what an update does not say takes its default, not its old value. */
export function updateSchedule(operating: Operating, { name, body }: Call): object {
  const { store, agenda } = operating;
  check(NAME, name, 'Name');
  const { GroupName: group } = check(ADDRESS, body);
  const known = store.schedule(group, name);
  const now = agenda.now();
  const schedule = { ...known, ...checkSchedule(body, now), modifiedAt: now };
  begin(operating, schedule);
  return { ScheduleArn: schedule.arn };
}

function begin({ store, firing, asked }: Operating, schedule: Schedule): void {
  asked.add(schedule);
  store.putSchedule(schedule);
  firing.follow(schedule);
}

export function getSchedule({ store }: Operating, { name, query }: Call): object {
  const { arn, group, settings, createdAt, modifiedAt } = addressed(store, name, query);
  return {
    Arn: arn,
    GroupName: group,
    Name: name,
    ...settings,
    CreationDate: createdAt / 1000,
    LastModificationDate: modifiedAt / 1000,
  };
}

export function deleteSchedule({ store, firing }: Operating, { name, query }: Call): object {
  const { arn } = addressed(store, name, query);
  firing.forget(arn);
  store.deleteSchedule(arn);
  return {};
}

export function listSchedules({ store }: Operating, { query }: Call): object {
  const group = query.get('ScheduleGroup');
  const prefix = query.get('NamePrefix') ?? '';
  const state = query.get('State');
  const found = store
    .schedules()
    .filter((each) => group === null || each.group === group)
    .filter((each) => each.name.startsWith(prefix))
    .filter((each) => state === null || each.settings.State === state);
  const { items, NextToken } = page(found, query);
  const Schedules = items.map(({ arn, group: GroupName, name: Name, settings, createdAt, modifiedAt }) => ({
    Arn: arn,
    GroupName,
    Name,
    State: settings.State,
    Target: { Arn: settings.Target.Arn },
    CreationDate: createdAt / 1000,
    LastModificationDate: modifiedAt / 1000,
  }));
  return { Schedules, ...(NextToken !== undefined && { NextToken }) };
}

function addressed(store: Store, name: string, query: URLSearchParams): Schedule {
  check(NAME, name, 'Name');
  return store.schedule(check(NAME, query.get('groupName') ?? DEFAULT_GROUP, 'GroupName'), name);
}
