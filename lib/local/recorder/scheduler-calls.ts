import { isObject, type Json } from '../template/index.ts';
import type { ArnBook, RecordedCall, Requirement, WireRequest } from './recorded-call.ts';

const VERBS: Readonly<Record<string, string>> = {
  POST: 'Create',
  GET: 'Get',
  PUT: 'Update',
  DELETE: 'Delete',
};

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html */
export function schedulerCall(options: {
  request: WireRequest;
  arns: ArnBook;
}): Pick<RecordedCall, 'operation' | 'requires'> {
  const { request, arns } = options;
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const [, kind = '', name = ''] = pathname.split('/').map(decodeURIComponent);
  if (name === '') {
    const operation = kind === 'schedules' ? 'ListSchedules' : 'ListScheduleGroups';
    return { operation, requires: [{ action: `scheduler:${operation}`, resource: '*' }] };
  }
  const verb = VERBS[request.method] ?? 'Unknown';
  if (kind === 'schedule-groups') {
    const operation = `${verb}ScheduleGroup`;
    const resource = arns.scheduler(`schedule-group/${name}`);
    return { operation, requires: [{ action: `scheduler:${operation}`, resource }] };
  }
  const operation = `${verb}Schedule`;
  const body = JSON.parse(request.body === '' ? '{}' : request.body) as Json;
  const group = (isObject(body) && body['GroupName']) || searchParams.get('groupName') || 'default';
  const resource = arns.scheduler(`schedule/${group}/${name}`);
  return { operation, requires: [{ action: `scheduler:${operation}`, resource }, ...passedRole(body)] };
}

/** Whoever makes a schedule hands Scheduler the role that it is to act by. */
function passedRole(body: Json): Requirement[] {
  const target = isObject(body) ? body['Target'] : undefined;
  const role = isObject(target) ? target['RoleArn'] : undefined;
  if (typeof role !== 'string') return [];
  const context = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
  return [{ action: 'iam:PassRole', resource: role, context }];
}
