import type { JobLogger } from '../../lib/observe/index.ts';
import type { JobContext } from '../../lib/worker/handler.ts';

/** A context as the worker would hand it over, for the first attempt of a job; `given` replaces what a test is about. */
export function jobContext(given: Partial<JobContext> = {}): JobContext {
  return {
    id: '01JOB00000000000000000TEST',
    type: 'test.job',
    tenant: undefined,
    correlationId: undefined,
    tags: {},
    attempt: 1,
    maxAttempts: 3,
    enqueuedAt: new Date('2026-11-01T12:00:00.000Z'),
    signal: new AbortController().signal,
    deadline: undefined,
    heartbeat: async () => 60_000,
    logger: silent,
    ...given,
  };
}

const silent: JobLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** What a handler threw. Fails the test where it returned. */
export async function thrownBy(run: Promise<unknown> | unknown): Promise<unknown> {
  try {
    await run;
  } catch (error) {
    return error;
  }
  throw new Error('the handler returned, and was expected to throw');
}
