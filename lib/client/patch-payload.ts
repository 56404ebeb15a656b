import { type Catalog, type JobType, lookUp, MillraceError, upcast } from '../contract/index.ts';
import type { JobRecord, JobTable, NewPayload } from '../state/index.ts';
import { PatchRefusedError, PayloadNotStoredError } from './errors.ts';
import { type JobView, view } from './job-view.ts';
import { type MergePatch, mergePatch } from './merge-patch.ts';
import { checkedJson, jsonOf } from './prepare.ts';
import { readPayload } from './step.ts';

/**
 * How a payload is to be changed: a JSON merge patch, or a function of the payload as today's version of the type has it.
 */
export type PayloadPatch = MergePatch | ((payload: unknown, job: JobView) => unknown);

/** A new payload, and the JSON that it replaces. */
export interface PatchedPayload extends NewPayload {
  readonly replaced: string;
}

/**
 * A job's payload, patched and checked against its type's schema. Nothing is written here.
 *
 * @throws {UnknownJobError | PatchRefusedError | PayloadNotStoredError | PayloadInvalidError | PayloadTooLargeError}
 * @throws {OperationFailedError} the payload could not be read
 */
export async function patchPayload(
  { table, catalog }: { readonly table: JobTable; readonly catalog: Catalog },
  record: JobRecord,
  patch: PayloadPatch,
): Promise<PatchedPayload> {
  const { id } = record;
  const type = lookUp(catalog, record.type);
  if (record.version > type.version) {
    const got = `version ${record.version}, and the catalog has version ${type.version}`;
    throw new PatchRefusedError({ id, got, fix: 'take the catalog of the newest build' });
  }
  const replaced = await readPayload(table, record);
  if (replaced === undefined) throw new PayloadNotStoredError({ id, status: record.status });
  const payload = upcast(type, { version: record.version, payload: JSON.parse(replaced) });
  const json = await checkedJson(type, await apply(patch, payload, { type, record }));
  return { json, version: type.version, replaced };
}

async function apply(
  patch: PayloadPatch,
  payload: unknown,
  { type, record }: { readonly type: JobType; readonly record: JobRecord },
): Promise<unknown> {
  if (typeof patch !== 'function') {
    // Merging follows the patch down: one that nests too deep would overflow.
    jsonOf(type, patch);
    return mergePatch(payload, patch);
  }
  try {
    return await patch(payload, view(record));
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new PatchRefusedError({
      id: record.id,
      got,
      fix: 'mend the function that changes the payload',
      cause,
    });
  }
}
