/** What became of one id of a call on many. */
export type IdResult =
  | { readonly id: string; readonly ok: true }
  | { readonly id: string; readonly ok: false; readonly error: Error };

/** Requests that are under way at once. */
const PARALLEL = 8;

/**
 * Does the work for each id, some at a time; the results stand in the order of the ids. For an id that stands there twice it
 * is done once, and its result stands at both places.
 */
export async function eachId<Result extends IdResult>(
  ids: readonly string[],
  work: (id: string) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<string, Result>();
  const queue = new Set(ids).values();
  const run = async () => {
    for (const id of queue) results.set(id, await work(id));
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, ids.length) }, run));
  return ids.map((id) => results.get(id) as Result);
}
