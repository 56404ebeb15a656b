/**
 * The program of a sandbox: one Lambda execution environment. It loads the handler that its environment names,
 * then takes one invocation at a time from its parent over the IPC channel. Run by `Sandbox`, never imported.
 */
import { type Callback, type Handler, loadHandler, named, toInvokeError } from './bootstrap-handler.ts';
import { END_OF_OUTPUT, type InvokeMessage, type SandboxMessage } from './sandbox-protocol.ts';

/** Lambda's own runtime leaves with this code after an uncaught error. */
const FATAL_EXIT_CODE = 129;

interface Invocation {
  readonly requestId: string;
  settled: boolean;
  /** What to answer once nothing is left to do. Unset: a handler that then has not answered never will. */
  onEmptyLoop?: () => void;
}

// Taken now: a handler may replace what it finds on `process`.
const send = process.send?.bind(process);
const writeOut = process.stdout.write.bind(process.stdout);
const writeErr = process.stderr.write.bind(process.stderr);
let current: Invocation | undefined;

if (send === undefined) throw new Error('A sandbox is started by the local cloud, with an IPC channel');

// The parent is gone, perhaps by kill -9. SIGKILL, because exit handlers of user code have no say in it.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('uncaughtException', (error) => die(error));
process.on('unhandledRejection', (reason) => {
  die(named('Runtime.UnhandledPromiseRejection', reason instanceof Error ? reason.message : String(reason)));
});
process.on('beforeExit', () => {
  if (current === undefined) return;
  if (current.onEmptyLoop !== undefined) current.onEmptyLoop();
  else die(named('Runtime.NodeJsExit', 'The handler has not answered and nothing is left that could'));
});

function post(message: SandboxMessage, sent?: () => void): void {
  send?.(message, undefined, undefined, sent);
}

function die(error: Error): void {
  if (current === undefined || current.settled) {
    writeErr(`${error.stack ?? error.message}\n`);
    process.exit(FATAL_EXIT_CODE);
  }
  current.settled = true;
  post({ type: 'error', requestId: current.requestId, error: toInvokeError(error), fatal: true }, () => {
    process.exit(FATAL_EXIT_CODE);
  });
}

function finish(invocation: Invocation, message: SandboxMessage): void {
  if (invocation.settled) return;
  invocation.settled = true;
  current = undefined;
  process.channel?.ref();
  writeOut(`${END_OF_OUTPUT}\n`);
  writeErr(`${END_OF_OUTPUT}\n`);
  post(message);
}

function succeed(invocation: Invocation, result: unknown): void {
  const { requestId } = invocation;
  try {
    const payload = JSON.stringify(result) ?? 'null';
    finish(invocation, { type: 'result', requestId, payload });
  } catch (error) {
    fail(invocation, named('Runtime.MarshalError', `Unable to stringify response body: ${String(error)}`));
  }
}

function fail(invocation: Invocation, error: unknown): void {
  const { requestId } = invocation;
  finish(invocation, { type: 'error', requestId, error: toInvokeError(error), fatal: false });
}

function contextOf(message: InvokeMessage) {
  const { env } = process;
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: message.requestId,
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'] ?? '',
    invokedFunctionArn: message.functionArn,
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? '',
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'] ?? '',
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? '',
    // The handler's own time, in a process that loads nothing it does not need: no injected clock here.
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  };
}

async function run(handler: Handler, message: InvokeMessage): Promise<void> {
  const invocation: Invocation = { requestId: message.requestId, settled: false };
  current = invocation;
  const context = contextOf(message);
  // So that `beforeExit` tells when nothing but the channel is left.
  process.channel?.unref();
  let calledBack = false;
  const callback: Callback = (error, result) => {
    if (calledBack) return;
    calledBack = true;
    const answer = () => (error ? fail(invocation, error) : succeed(invocation, result));
    if (context.callbackWaitsForEmptyEventLoop && !error) invocation.onEmptyLoop = answer;
    else answer();
  };
  try {
    const returned = handler(message.event, context, callback);
    if (isThenable(returned) || handler.length < 3) succeed(invocation, await returned);
    // A callback handler that never calls back is answered with null once its event loop is empty, as by Lambda.
    else invocation.onEmptyLoop ??= () => succeed(invocation, null);
  } catch (error) {
    fail(invocation, error);
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

try {
  const { LAMBDA_TASK_ROOT: codeDir = '', _HANDLER: name = '' } = process.env;
  const handler = await loadHandler(codeDir, name);
  process.on('message', (message: InvokeMessage) => void run(handler, message));
  post({ type: 'ready' });
} catch (error) {
  post({ type: 'init-error', error: toInvokeError(error) }, () => process.exit(1));
}
