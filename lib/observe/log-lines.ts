/**
 * Log lines that others count: the stack's metric filters and the local cloud's live log find them by these messages.
 */
export const LOG_LINES = {
  /** One for each attempt that ended, and for each job that ends without one; `outcome` says how. */
  settled: 'job settled',
  /** The recorder filed a message that nobody can read. */
  quarantined: 'message quarantined',
  /** The sweeper mended a job that no message would have brought back, or a schedule that stood still; `mended` says how. */
  mended: 'job mended',
  /** The sweeper could not read, or mend, a record that it came to; it names the record and the error. */
  unmended: 'job not looked after',
  /** A tick of a schedule made no job; `why` says why. */
  tickDropped: 'tick dropped',
  /** A worker postponed a job that its build cannot run; `why` says why, `unknown_ms` for how long builds have done so. */
  unknown: 'job unknown to this build',
  /** A worker heard of an error that a handler left behind; `how` says as what: a `rejection`, or an `exception`. */
  stray: 'error left uncaught',
} as const;
