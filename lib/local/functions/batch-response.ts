/** What a function's answer says about its batch. */
export type BatchVerdict =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'partial'; readonly failed: ReadonlySet<string> }
  /** The answer cannot be believed, so the whole batch counts as failed. */
  | { readonly kind: 'unreadable'; readonly message: string };

/**
 * Reads an answer by the rules of `ReportBatchItemFailures`: no answer, or a list that is absent, null or empty, is
 * success; an identifier that is empty, null, under another key or not of this batch fails the whole batch.
 *
 * @param ids - the batch's identifiers: message ids, or sequence numbers
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function readBatchResponse({
  payload,
  ids,
}: {
  payload: unknown;
  ids: readonly string[];
}): BatchVerdict {
  if (payload === null || payload === undefined) return { kind: 'succeeded' };
  if (typeof payload !== 'object' || Array.isArray(payload)) {
    return unreadable(`the answer is not an object but ${JSON.stringify(payload)}`);
  }
  const { batchItemFailures: items } = payload as { batchItemFailures?: unknown };
  if (items === undefined || items === null) return { kind: 'succeeded' };
  if (!Array.isArray(items)) return unreadable('batchItemFailures is not a list');
  if (items.length === 0) return { kind: 'succeeded' };
  const known = new Set(ids);
  const failed = new Set<string>();
  for (const item of items) {
    const { itemIdentifier: id } = Object(item) as { itemIdentifier?: unknown };
    if (typeof id !== 'string' || id === '')
      return unreadable(`an item has no identifier: ${JSON.stringify(item)}`);
    if (!known.has(id)) return unreadable(`itemIdentifier ${JSON.stringify(id)} is not of this batch`);
    failed.add(id);
  }
  return { kind: 'partial', failed };
}

function unreadable(message: string): BatchVerdict {
  return { kind: 'unreadable', message };
}
