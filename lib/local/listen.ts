import { once } from 'node:events';
import type { Server } from 'node:http';

/** Has a server listen on a free port of 127.0.0.1. Disposing of it breaks off what is under way and waits for the end. */
export async function listen(server: Server): Promise<{ readonly endpoint: string } & AsyncDisposable> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
