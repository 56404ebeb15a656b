import type { ArnBook, RecordedCall, WireRequest } from './recorded-call.ts';

const MAPPING = /^\/2015-03-31\/event-source-mappings\/([^/?]+)/;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
export function lambdaCall(options: {
  request: WireRequest;
  arns: ArnBook;
}): Pick<RecordedCall, 'operation' | 'requires'> {
  const { request, arns } = options;
  const id = MAPPING.exec(request.url)?.[1];
  if (id === undefined)
    return { operation: 'Unknown', requires: [{ action: 'lambda:Unknown', resource: '*' }] };
  const operation = request.method === 'PUT' ? 'UpdateEventSourceMapping' : 'GetEventSourceMapping';
  const resource = arns.eventSource(decodeURIComponent(id));
  return { operation, requires: [{ action: `lambda:${operation}`, resource }] };
}
