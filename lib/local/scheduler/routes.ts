import { createGroup, deleteGroup, getGroup, listGroups, listTags, tag, untag } from './group-operations.ts';
import {
  type Call,
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  type Operating,
  updateSchedule,
} from './schedule-operations.ts';
import { invalid, ServiceError } from './service-error.ts';

type Operation = (operating: Operating, call: Call) => object;

/** AWS: API reference, "Request syntax" of each operation. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'POST /schedules/*': createSchedule,
  'GET /schedules/*': getSchedule,
  'PUT /schedules/*': updateSchedule,
  'DELETE /schedules/*': deleteSchedule,
  'GET /schedules': listSchedules,
  'POST /schedule-groups/*': createGroup,
  'GET /schedule-groups/*': getGroup,
  'DELETE /schedule-groups/*': deleteGroup,
  'GET /schedule-groups': listGroups,
  'GET /tags/*': listTags,
  'POST /tags/*': tag,
  'DELETE /tags/*': untag,
};

/** Finds the operation of a request and runs it. @throws ServiceError */
export function route(operating: Operating, request: { method: string; url: string; body: string }): object {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const [, resource = '', ...rest] = pathname.split('/');
  const name = decodeURIComponent(rest.join('/'));
  const operation = OPERATIONS[`${request.method} /${resource}${name === '' ? '' : '/*'}`];
  if (!operation) {
    const message = `${request.method} ${pathname} is no operation of EventBridge Scheduler`;
    throw new ServiceError({ status: 404, type: 'UnknownOperationException', message });
  }
  return operation(operating, { name, query: searchParams, body: parsed(request.body) });
}

function parsed(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw invalid('The request body is not JSON.');
  }
}
