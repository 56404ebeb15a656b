import type { JobRecord } from '../../../lib/state/index.ts';
import type { Payload } from '../app/catalog.ts';
import type { PlannedPatch } from '../app/patches.ts';
import { type Change, type JobStore, jobIdOf } from '../aws/job-store.ts';

type Report = (what: string) => void;

/** Holds the payloads of redriven jobs against the patches that operators asked for. */
export class PatchChecks {
  readonly #store: JobStore;
  /** By mark. */
  readonly #asked = new Map<string, PlannedPatch>();
  readonly #stored = new Set<string>();
  /** Jobs that somebody asked to patch: payloads of no others are looked at. */
  readonly #jobs = new Set<string>();

  constructor(store: JobStore) {
    this.#store = store;
  }

  asked(id: string, patch: PlannedPatch): void {
    this.#jobs.add(id);
    this.#asked.set(patch.mark, patch);
  }

  changed({ key, after }: Change): void {
    const id = jobIdOf(key);
    if (id === undefined || !this.#jobs.has(id)) return;
    const mark = markIn(after?.item['payload']?.S);
    if (mark !== undefined) this.#stored.add(mark);
  }

  /** Whoever is told that a job is redriven with a patch is told the truth. */
  redriven({ mark, fits }: PlannedPatch, report: Report): void {
    if (!fits) report(`redriven with a patch that does not fit its type, ${mark}`);
    else if (!this.#stored.has(mark)) report(`redriven, and the payload patched ${mark} was never stored`);
  }

  /** What is executed is the payload that stands in the table, patched as somebody asked. */
  executed(record: JobRecord, { patched }: Payload, report: Report): void {
    if (patched !== undefined && this.#asked.get(patched)?.fits !== true)
      report(`executes a payload patched ${patched}, which does not fit its type`);
    if (!this.#jobs.has(record.id)) return;
    const stored = markIn(this.#store.payload(record));
    if (stored !== patched)
      report(`executes a payload patched ${patched ?? 'by nobody'} instead of ${stored ?? 'by nobody'}`);
  }
}

function markIn(json: string | undefined): string | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as Payload).patched;
}
