/** How an invocation ended. `throttled`: it never ran. */
export type InvokeOutcome =
  | 'succeeded'
  | 'error'
  | 'timeout'
  | 'out-of-memory'
  | 'crash'
  | 'init-error'
  | 'throttled';

/** The shape in which Lambda reports a failed invocation. */
export interface InvokeError {
  /** The error's name, or one of Lambda's own: `Sandbox.Timedout`, `Runtime.ExitError` … */
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What an invocation came to. */
export type InvokeResult =
  | {
      readonly outcome: 'succeeded';
      readonly requestId: string;
      readonly durationMs: number;
      /** The handler's result after a round trip through JSON; `null` for `undefined`. */
      readonly payload: unknown;
    }
  | {
      readonly outcome: Exclude<InvokeOutcome, 'succeeded'>;
      readonly requestId: string;
      readonly durationMs: number;
      readonly error: InvokeError;
    };
