import type { InvokeError, InvokeOutcome } from './invocation.ts';

interface Base {
  /** The function's physical name. */
  readonly function: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Something went wrong with a sandbox while it started, ran or rested. */
export interface SandboxFailureEvent extends Base {
  readonly type: 'timeout' | 'out-of-memory' | 'crash' | 'init-error';
  /** Absent when no invocation was in progress. */
  readonly requestId?: string;
  readonly message: string;
}

/** A schedule's target refused an event: it is tried again later, or given up. */
export interface ScheduleFailedEvent {
  readonly type: 'schedule-failed';
  /** The schedule's ARN. */
  readonly schedule: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly message: string;
}

/** What the functions of the local cloud report while they run. */
export type LocalEvent =
  | ScheduleFailedEvent
  | (Base & {
      readonly type: 'log';
      readonly line: string;
      readonly stream: 'stdout' | 'stderr';
      /** The invocation in progress when the line was written; absent during initialisation. */
      readonly requestId?: string;
    })
  | (Base & { readonly type: 'invoke-start'; readonly requestId: string; readonly coldStart: boolean })
  | (Base & {
      readonly type: 'invoke-end';
      readonly requestId: string;
      readonly durationMs: number;
      readonly outcome: InvokeOutcome;
      readonly error?: InvokeError;
    })
  | SandboxFailureEvent
  | (Base & { readonly type: 'throttled'; readonly requestId: string })
  /** An event source could not reach its engine; it tries again. */
  | (Base & { readonly type: 'poll-error'; readonly source: string; readonly message: string })
  /** Messages or records of a batch were not settled: they come again. */
  | (Base & {
      readonly type: 'batch-failed';
      readonly source: string;
      readonly items: readonly string[];
      readonly message: string;
    })
  /** Stream records were given up, for their age or their tries. */
  | (Base & {
      readonly type: 'records-discarded';
      readonly source: string;
      readonly items: readonly string[];
      readonly message: string;
    });

export type LocalEventSink = (event: LocalEvent) => void;
