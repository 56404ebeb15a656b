/**
 * The name and message of whatever was thrown, as text that every store takes. Never throws: an error may carry anything
 * as its message, and objects without a prototype have no text at all.
 */
export function describeThrown(thrown: unknown): { readonly name: string; readonly message: string } {
  if (!(thrown instanceof Error)) return { name: 'NonError', message: textOf(thrown) };
  return { name: textOf(thrown.name), message: textOf(thrown.message) };
}

/** A value as well-formed Unicode: half a surrogate pair is no text to DynamoDB. */
export function textOf(value: unknown): string {
  try {
    return String(value).toWellFormed();
  } catch {
    return Object.prototype.toString.call(value);
  }
}
