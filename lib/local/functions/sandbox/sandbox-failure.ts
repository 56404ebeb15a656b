import type { InvokeError, InvokeOutcome } from '../invocation.ts';

/** Why the host itself ended a sandbox. */
export type KillReason = 'timeout' | 'out-of-memory' | 'init-timeout' | 'unreachable' | 'disposed';

export interface SandboxExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly killed: KillReason | undefined;
  /** V8 said on stderr that its heap is full. */
  readonly heapExhausted: boolean;
  /** Why the process could not be started at all. */
  readonly startError?: string;
}

export interface SandboxFailure {
  readonly outcome: Exclude<InvokeOutcome, 'succeeded' | 'error' | 'throttled'>;
  readonly error: InvokeError;
}

/** What Lambda says about a sandbox that ended during an invocation. */
export function failureOfExit(options: {
  readonly exit: SandboxExit;
  readonly requestId: string;
  readonly timeoutSeconds: number;
}): SandboxFailure {
  const { exit, requestId, timeoutSeconds } = options;
  const said = (outcome: SandboxFailure['outcome'], errorType: string, text: string): SandboxFailure => ({
    outcome,
    error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${text}` },
  });
  if (exit.killed === 'timeout') {
    return said('timeout', 'Sandbox.Timedout', `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`);
  }
  if (exit.killed === 'init-timeout') {
    return said('init-error', 'Sandbox.Timedout', 'The handler was not loaded in time');
  }
  if (exit.killed === 'out-of-memory' || exit.heapExhausted) {
    const how = exit.heapExhausted ? 'signal: aborted' : 'signal: killed';
    return said('out-of-memory', 'Runtime.OutOfMemory', `Runtime exited with error: ${how}`);
  }
  return said('crash', 'Runtime.ExitError', `Runtime exited ${howItExited(exit)}`);
}

function howItExited({ code, signal, killed, startError }: SandboxExit): string {
  if (startError !== undefined) return `before it began: ${startError}`;
  if (killed === 'unreachable') return 'because its channel was closed';
  if (killed === 'disposed') return 'because the local cloud was stopped';
  if (signal !== null) return `with error: signal: ${signal}`;
  return code === 0 ? 'without providing a reason' : `with error: exit status ${code}`;
}
