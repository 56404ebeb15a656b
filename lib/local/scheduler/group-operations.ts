import * as v from 'valibot';
import { CLIENT_TOKEN, check, NAME, TAGS } from './checks.ts';
import { page } from './page.ts';
import type { ScheduleGroup } from './schedule.ts';
import type { Call, Operating } from './schedule-operations.ts';
import { conflict, notFound } from './service-error.ts';

const BODY = v.object({ ClientToken: v.optional(CLIENT_TOKEN), Tags: v.optional(TAGS, []) });

export function createGroup({ store, agenda }: Operating, { name, body }: Call): object {
  check(NAME, name, 'Name');
  const { ClientToken: clientToken, Tags: tags } = check(BODY, body ?? {});
  const known = store.findGroup(name);
  if (known) {
    if (clientToken === undefined || known.clientToken !== clientToken) {
      throw conflict(`Schedule group ${name} already exists.`);
    }
    return { ScheduleGroupArn: known.arn };
  }
  const arn = store.groupArn(name);
  const token = clientToken !== undefined && { clientToken };
  store.putGroup({ arn, name, createdAt: agenda.now(), tags, ...token });
  return { ScheduleGroupArn: arn };
}

export function getGroup({ store }: Operating, { name }: Call): object {
  return described(store.group(name));
}

/** With AWS a group is DELETING until its schedules are gone; here both are gone at once. */
export function deleteGroup({ store, firing }: Operating, { name }: Call): object {
  for (const { arn } of store.deleteGroup(name)) firing.forget(arn);
  return {};
}

export function listGroups({ store }: Operating, { query }: Call): object {
  const prefix = query.get('NamePrefix') ?? '';
  const found = store.groups().filter((each) => each.name.startsWith(prefix));
  const { items, NextToken } = page(found, query);
  return { ScheduleGroups: items.map(described), ...(NextToken !== undefined && { NextToken }) };
}

export function listTags({ store }: Operating, { name: arn }: Call): object {
  return { Tags: byArn(store.groups(), arn).tags };
}

export function tag({ store }: Operating, { name: arn, body }: Call): object {
  const group = byArn(store.groups(), arn);
  const { Tags: added } = check(v.object({ Tags: TAGS }), body);
  const kept = group.tags.filter(({ Key }) => !added.some((each) => each.Key === Key));
  store.putGroup({ ...group, tags: [...kept, ...added] });
  return {};
}

export function untag({ store }: Operating, { name: arn, query }: Call): object {
  const group = byArn(store.groups(), arn);
  const gone = query.getAll('TagKeys');
  store.putGroup({ ...group, tags: group.tags.filter(({ Key }) => !gone.includes(Key)) });
  return {};
}

function byArn(groups: readonly ScheduleGroup[], arn: string): ScheduleGroup {
  const found = groups.find((each) => each.arn === arn);
  if (!found) throw notFound(`Resource ${arn} does not exist.`);
  return found;
}

function described({ arn, name, createdAt }: ScheduleGroup): object {
  const time = createdAt / 1000;
  return { Arn: arn, Name: name, State: 'ACTIVE', CreationDate: time, LastModificationDate: time };
}
