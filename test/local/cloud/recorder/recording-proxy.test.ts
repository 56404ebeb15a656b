import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { startRecordingProxy } from '../../../../lib/local/recorder/recording-proxy.ts';

it('hands on an answer that comes before the request was read, and outlives the hang-up', async () => {
  const engine = createServer((_request, response) => {
    response.writeHead(413, { connection: 'close' }).end('too large', () => response.socket?.destroy());
  }).listen(0, '127.0.0.1');
  await once(engine, 'listening');
  const upstream = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  await using proxy = await startRecordingProxy({ upstream, onCall: () => undefined });
  for (const _ of [1, 2]) {
    const answer = await fetch(proxy.endpoint, { method: 'PUT', body: new Uint8Array(8_000_000) });
    expect([answer.status, await answer.text()]).toEqual([413, 'too large']);
  }
  engine.close();
});

it('ends its own answer where the engine breaks off in the middle of one', async () => {
  const engine = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('begun', () => response.socket?.destroy());
  }).listen(0, '127.0.0.1');
  await once(engine, 'listening');
  const upstream = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  await using proxy = await startRecordingProxy({ upstream, onCall: () => undefined });
  await expect(fetch(proxy.endpoint).then((answer) => answer.text())).rejects.toThrow();
  engine.close();
});
