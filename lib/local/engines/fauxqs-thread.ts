import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { buildApp } from 'fauxqs';
import { keepTenantsApart } from './fauxqs-fairness.ts';
import { EMULATED_SERVICES, signedService } from './signature.ts';

// fauxqs in a thread: an event loop of its own, so that the pollers and clients of the main thread do not wait for it,
// and an end that is the process's, even by `kill -9`.
const { region } = workerData as { region: string };
await acceptEveryCharacter();
await countByTheClock();
await keepTenantsApart();
const MEBIBYTE = 1_048_576;
/** What fauxqs 2 takes at once. */
const BODY_BYTES = 11 * MEBIBYTE;
const app = buildApp({ logger: false, defaultRegion: region });

// fauxqs would take a call for any other service for one to S3 and answer with a bucket that does not exist.
app.addHook('onRequest', async (request, reply) => {
  const service = signedService(request.headers.authorization);
  if (service === undefined || EMULATED_SERVICES.includes(service)) return;
  await reply
    .status(400)
    .header('x-amzn-errortype', 'NotEmulatedLocally')
    .send({
      __type: 'NotEmulatedLocally',
      message: `The local cloud does not emulate ${service}. Give this client a stand-in when it runs locally.`,
    });
});

// fauxqs would refuse a larger body in a form that no S3 client reads.
app.addHook('onRequest', async (request, reply) => {
  if (Number(request.headers['content-length'] ?? 0) <= BODY_BYTES) return;
  // A client that is still sending when the answer comes sees a broken connection instead.
  request.raw.resume();
  await once(request.raw, 'end');
  const text = `The local cloud takes objects, and parts of objects, of at most ${BODY_BYTES / MEBIBYTE} MiB.`;
  const body = `<Error><Code>EntityTooLarge</Code><Message>${text}</Message></Error>`;
  await reply.status(400).header('content-type', 'application/xml').send(body);
});

// It names queues by sqs.<region>.localhost, a host that not every system resolves. The path is what it looks up.
app.addHook('onSend', async (request, _reply, payload) => {
  const action = request.headers['x-amz-target'];
  if (typeof payload !== 'string' || typeof action !== 'string' || !action.startsWith('AmazonSQS.'))
    return payload;
  if (!/\.(CreateQueue|GetQueueUrl|ListQueues)$/.test(action)) return payload;
  return payload.replaceAll(/http:\/\/sqs\.[a-z0-9-]+\.localhost(:\d+)?/g, `http://${request.headers.host}`);
});

// Port 0 of 127.0.0.1: the system gives a port that nobody else has, so what answers there is this server.
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
parentPort?.once('message', () => void app.close());
parentPort?.postMessage({ port: address.port });

/**
 * SQS takes characters above U+FFFF (an emoji in a payload, say); fauxqs 2.4 refuses them, by a pattern that its package
 * does not export.
 */
async function acceptEveryCharacter(): Promise<void> {
  const types = new URL('./sqs/sqsTypes.js', import.meta.resolve('fauxqs'));
  const { INVALID_MESSAGE_BODY_CHAR: pattern } = (await import(types.href)) as {
    INVALID_MESSAGE_BODY_CHAR: RegExp;
  };
  const invalid = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
  Object.defineProperty(pattern, 'test', { value: (body: string) => invalid.test(body) });
}

/**
 * SQS counts a message as in flight until its visibility timeout is over; fauxqs 2.4 until somebody receives after that.
 * A queue that is drained has nobody who receives.
 */
async function countByTheClock(): Promise<void> {
  const store = new URL('./sqs/sqsStore.js', import.meta.resolve('fauxqs'));
  const { SqsQueue } = (await import(store.href)) as { SqsQueue: { readonly prototype: Counting } };
  const counted = SqsQueue.prototype.getAllAttributes;
  SqsQueue.prototype.getAllAttributes = function (requested) {
    this.processTimers();
    return counted.call(this, requested);
  };
}

/** A queue of fauxqs, as far as it counts its messages. */
interface Counting {
  processTimers(): void;
  getAllAttributes(this: Counting, requested: readonly string[]): Record<string, string>;
}
