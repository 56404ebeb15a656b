import type { DynamoDBRecord } from 'aws-lambda';
import { MillraceError } from '../contract/index.ts';
import type { RunningHandler, RunningSchema } from './activity.ts';

/** A handler, or a schema of its job type, does not come to an end, and virtual time stands still until it does. */
export class HandlerStuckError extends MillraceError {
  static override readonly errorName: string = 'HandlerStuckError';
  override readonly code: string = 'HANDLER_STUCK';

  constructor({ patience, ...running }: (RunningHandler | RunningSchema) & { patience: number }) {
    const began = new Date(running.since).toISOString();
    super({
      what: `${named(running)} does not come to an end`,
      got: `nothing for ${patience} ms of real time; it began at ${began} of the test's time, which stands still meanwhile`,
      expected: 'schema' in running ? 'a schema that answers' : 'a handler that returns or throws',
      fix: 'answer whatever it waits for; let its time run out, by advance with { overtake: true } or `takes` of runJob; or raise `patience`',
      context: { ...running, since: began, patience },
    });
  }
}

function named(running: RunningHandler | RunningSchema): string {
  const { type } = running;
  if ('schema' in running) return `The ${running.schema} schema of '${type}'`;
  return `The handler of the job '${running.id}' ('${type}', attempt ${running.attempt})`;
}

/** A job that has not ended, and what it waits for. */
export interface UnfinishedJob {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  /** In words. */
  readonly waitsFor: string;
  /** Undefined: for nothing that time brings. */
  readonly until: Date | undefined;
}

/** Jobs go on although the test's bounds are reached, or cannot go on at all. */
export class NotDrainedError extends MillraceError {
  static override readonly errorName: string = 'NotDrainedError';
  override readonly code: string = 'NOT_DRAINED';
  readonly jobs: readonly UnfinishedJob[];

  constructor({ why, fix, jobs }: { why: string; fix: string; jobs: readonly UnfinishedJob[] }) {
    const shown = jobs.slice(0, 5).map(({ id, type, waitsFor }) => `'${id}' ('${type}') ${waitsFor}`);
    const more = jobs.length > shown.length ? `; and ${jobs.length - shown.length} more` : '';
    super({
      what: 'The jobs did not come to an end',
      got: `${why}; ${shown.join('; ') || 'every job has ended, but messages are left'}${more}`,
      expected: 'jobs that end, or wait for something that time brings',
      fix,
      context: { jobs: jobs.map(({ id, status }) => ({ id, status })) },
    });
    this.jobs = jobs;
  }
}

/** A change of the job table could not be followed. On AWS it would be tried again; here nothing can be different then. */
export class NotFollowedError extends MillraceError {
  static override readonly errorName: string = 'NotFollowedError';
  override readonly code: string = 'NOT_FOLLOWED';

  constructor({ dynamodb }: DynamoDBRecord) {
    super({
      what: 'The lifecycle function could not follow a change of the job table',
      got: `${dynamodb?.Keys?.['pk']?.S} ${dynamodb?.Keys?.['sk']?.S}`,
      expected: 'a change that it can follow',
      fix: "see the last error in the test Millrace's `logs`",
    });
  }
}

/** The test Millrace was disposed of. */
export class DisposedError extends MillraceError {
  static override readonly errorName: string = 'DisposedError';
  override readonly code: string = 'DISPOSED';

  constructor() {
    super({
      what: 'This test Millrace was disposed of',
      fix: 'await every call before the test ends, or make a new one by createTestMillrace',
    });
  }
}
