import type { EventSourceStatus } from '../functions/index.ts';

/** The pollers that the API is about: a function host. */
export interface EventSources {
  eventSource(id: string): EventSourceStatus | undefined;
  setEnabled(id: string, enabled: boolean): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly errorType?: string;
  readonly body: object;
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html and …/API_UpdateEventSourceMapping.html */
const PATH = /^\/2015-03-31\/event-source-mappings\/([^/?]+)\/?$/;

/** What Lambda answers, of which only `Enabled` of a queue's mapping can be changed here. */
export async function answerTo(request: {
  readonly sources: EventSources;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}): Promise<Answer> {
  const { sources, method, path, body } = request;
  const id = decodeURIComponent(PATH.exec(path)?.[1] ?? '');
  if (id === '' || (method !== 'GET' && method !== 'PUT')) {
    return refusal(
      400,
      'NotEmulatedLocally',
      `${method} ${path}: the local cloud reads and pauses mappings only`,
    );
  }
  const found = sources.eventSource(id);
  if (found === undefined) {
    const message = 'The resource you requested does not exist.';
    return refusal(404, 'ResourceNotFoundException', message);
  }
  if (method === 'GET') return { status: 200, body: described(found) };
  return update({ sources, found, body });
}

async function update({
  sources,
  found,
  body,
}: {
  readonly sources: EventSources;
  readonly found: EventSourceStatus;
  readonly body: string;
}): Promise<Answer> {
  const { Enabled: enabled, ...rest } = JSON.parse(body) as { Enabled?: unknown } & Record<string, unknown>;
  const others = Object.keys(rest).filter((name) => name !== 'UUID');
  if (typeof enabled !== 'boolean' || others.length > 0) {
    const got = others.join(', ') || `Enabled: ${String(enabled)}`;
    return refusal(400, 'NotEmulatedLocally', `${got}: the local cloud changes Enabled, and nothing else`);
  }
  if (!found.pausable) {
    return refusal(
      400,
      'NotEmulatedLocally',
      `${found.id} follows a stream: the local cloud pauses queues only`,
    );
  }
  await sources.setEnabled(found.id, enabled);
  return { status: 202, body: described(sources.eventSource(found.id) ?? found) };
}

function described({ id, functionArn, sourceArn, batchSize, state }: EventSourceStatus): object {
  return {
    UUID: id,
    EventSourceArn: sourceArn,
    FunctionArn: functionArn,
    BatchSize: batchSize,
    State: state,
    StateTransitionReason: 'USER_INITIATED',
  };
}

export function refusal(status: number, errorType: string, message: string): Answer {
  return { status, errorType, body: { Type: status < 500 ? 'User' : 'Service', Message: message } };
}
