import { DEFAULTS } from '../contract/index.ts';
import { type JobRecord, unknownSince } from '../state/index.ts';
import { span } from './span.ts';
import type { Told } from './whereabouts.ts';

/** What a worker that gets its message does, by all that is known. */
export function taking(record: JobRecord): string {
  if (record.cancelRequested) return 'receives its message';
  return unknownSince(record) === undefined ? 'takes it' : 'looks at it again';
}

/** Says of a waiting job that builds could not run, since when, and what comes of it. */
export function withUntaken(record: JobRecord, { told, now }: { told: Told; now: number }): Told {
  const since = unknownSince(record);
  if (since === undefined) return told;
  const here = `No worker of its pool could take it for ${span(now - since)}: its build does not know the type or version, or the function’s timeout is too short for it.`;
  const dies = since + DEFAULTS.unknownTypeLimit;
  const next =
    dies > now
      ? `It runs once a worker’s build can take it; if none can until ${new Date(dies).toISOString()}, it is dead.`
      : 'The next worker that cannot take it either ends it as dead.';
  return { ...told, here: `${told.here} ${here}`, next: `${told.next} ${next}` };
}
