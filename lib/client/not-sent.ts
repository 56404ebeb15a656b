import type { ErrorContext, MillraceError } from '../contract/index.ts';
import { cancelWrite, explain, type JobRecord } from '../state/index.ts';
import type { OperateDeps } from './cancel.ts';

/**
 * The error of a send that is certain to fail, with what became of the record. A job with an idempotency key waits for the
 * call to be repeated. One without would be another job then, and run twice once the sweeper found the first: it is
 * cancelled, unless somebody has it already.
 */
export async function notSent(
  deps: OperateDeps,
  record: JobRecord,
  error: MillraceError,
): Promise<MillraceError> {
  const { id, key } = record;
  if (key !== undefined) {
    return andSay(error, `Then enqueue again with the same idempotency key: the job ${id} goes on by that`, {
      id,
    });
  }
  try {
    const { ok } = await takeBack(deps, record, error);
    const next = ok ? `Then enqueue again: the job ${id} is cancelled` : `Yet the job ${id} goes on`;
    return andSay(error, next, { id });
  } catch (problem) {
    // The first error is what the caller has to know; this one goes with it.
    const notCancelled = problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem);
    return andSay(error, `The job ${id} may still run: it could not be cancelled`, { id, notCancelled });
  }
}

function takeBack(deps: OperateDeps, record: JobRecord, { name }: MillraceError) {
  const { table, clock, chance, retention, deadRetention } = deps;
  const at = clock.now();
  const why = `it could not be sent: ${name}`;
  const explanation = { by: 'client', why, at, unique: chance.nonce(), retention: deadRetention };
  return table.updateWith(explain(cancelWrite(record, { now: at, retention }), record, explanation));
}

/** The same error with a sentence and values more; itself untouched, because the jobs of a batch may share it. */
function andSay(error: MillraceError, sentence: string, more: ErrorContext): MillraceError {
  const message = `${error.message} ${sentence}.`;
  return Object.create(Object.getPrototypeOf(error), {
    ...Object.getOwnPropertyDescriptors(error),
    message: { value: message, writable: true, configurable: true },
    stack: {
      value: error.stack?.replace(error.message, () => message),
      writable: true,
      configurable: true,
    },
    context: { value: { ...error.context, ...more }, enumerable: true, writable: true, configurable: true },
  });
}
