/**
 * A program that hosts one function, for tests of how it ends. Its argument is JSON: the code directory, the event to
 * invoke with, and what to do then. It prints the pid of its sandbox.
 */
import { createFunctionHost } from '../../../lib/local/functions/index.ts';
import { registerChild } from '../../../lib/local/reaper.ts';

interface Orders {
  readonly codeDir: string;
  readonly event: unknown;
  /** Without a reaper only the sandbox itself can notice that its parent is gone. */
  readonly reaper: boolean;
  readonly freeze: boolean;
  /** `dispose` and end by itself, or `stay` until it is killed. */
  readonly next: 'dispose' | 'stay';
}

const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
const nowhere = 'http://127.0.0.1:1';
const host = createFunctionHost({
  sqsEndpoint: nowhere,
  dynamodbEndpoint: nowhere,
  region: 'eu-west-1',
  freeze: orders.freeze,
  registerChild: orders.reaper ? registerChild : () => () => {},
  onEvent: (event) => {
    if (event.type === 'log') console.log(event.line);
  },
});
host.addFunction({
  logicalId: 'Function',
  name: 'function',
  arn: 'arn:aws:lambda:eu-west-1:000000000000:function:function',
  codeDir: orders.codeDir,
  handler: 'index.handler',
  environment: {},
  timeoutSeconds: 60,
  memoryMb: 256,
});
const invoked = host.invoke('function', orders.event);
if (orders.next === 'dispose') {
  await invoked;
  await host[Symbol.asyncDispose]();
} else {
  await invoked;
  console.log('idle');
  setInterval(() => {}, 60_000);
}
