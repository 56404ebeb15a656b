interface Base {
  readonly scheduleArn: string;
  /** The occurrence's own time, in milliseconds since the epoch. */
  readonly scheduledAt: number;
}

/** What the local Scheduler reports of its occurrences. */
export type SchedulerEvent =
  | (Base & { readonly type: 'delivered'; readonly attempt: number })
  | (Base & {
      readonly type: 'delivery-failed';
      readonly attempt: number;
      readonly message: string;
      /** When it is tried again, in milliseconds since the epoch; absent when that was the last try. */
      readonly retryAt?: number;
    })
  /** Given up: to the dead-letter queue, or lost where there is none, as with AWS. */
  | (Base & { readonly type: 'given-up'; readonly deadLetterArn?: string; readonly message: string });
