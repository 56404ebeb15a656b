import type { InvokeError } from '../invocation.ts';

/** From the host to a sandbox. */
export interface InvokeMessage {
  readonly type: 'invoke';
  readonly requestId: string;
  readonly functionArn: string;
  readonly event: unknown;
  /** Milliseconds since the epoch at which the sandbox is killed. */
  readonly deadline: number;
}

/** From a sandbox to the host. */
export type SandboxMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'init-error'; readonly error: InvokeError }
  /** `payload` is JSON text. */
  | { readonly type: 'result'; readonly requestId: string; readonly payload: string }
  /** `fatal`: the sandbox exits next. */
  | {
      readonly type: 'error';
      readonly requestId: string;
      readonly error: InvokeError;
      readonly fatal: boolean;
    };

/**
 * Written by the sandbox to stdout and stderr after an invocation, so that the host knows that it has read all
 * the lines of that invocation. The control characters keep it apart from what a handler prints.
 */
export const END_OF_OUTPUT = '\u0000\u0004millrace-end-of-output\u0004\u0000';
