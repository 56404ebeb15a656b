import { PayloadInvalidError } from './input-errors.ts';
import type { JobType } from './job.ts';

/**
 * A payload of an older version as today's version has it, by the type's upcasters; steps that it does not declare change
 * nothing.
 *
 * @throws {PayloadInvalidError} when an upcaster throws
 */
export function upcast(
  type: Pick<JobType, 'name' | 'version' | 'upcast'>,
  { version, payload }: { version: number; payload: unknown },
): unknown {
  let value = payload;
  for (let from = version; from < type.version; from++) {
    const step = type.upcast[from];
    if (step === undefined) continue;
    try {
      value = step(value);
    } catch (cause) {
      const message = `the upcaster of version ${from} threw: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new PayloadInvalidError({ type: type.name, issues: [{ path: '', message }], cause });
    }
  }
  return value;
}
