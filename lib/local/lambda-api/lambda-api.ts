import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Engine } from '../engines/index.ts';
import { listen } from '../listen.ts';
import { type Answer, answerTo, type EventSources, refusal } from './event-source-mappings.ts';

/** An HTTP server that answers as Lambda's API does, as far as draining and resuming a queue need it. */
export async function startLambdaApi(sources: EventSources): Promise<Engine> {
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    try {
      send(response, await answerTo({ sources, method, path: url, body: await text(request) }));
    } catch (error) {
      send(
        response,
        refusal(500, 'ServiceException', error instanceof Error ? error.message : String(error)),
      );
    }
  });
  return listen(server);
}

function send(response: ServerResponse, { status, errorType, body }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
  });
  response.end(JSON.stringify(body));
}
