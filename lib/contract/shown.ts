import { textOf } from './thrown.ts';

const LENGTH = 120;

/** A value that was given instead of the one expected, for a message: JSON where it has one, of bearable length. */
export function shown(value: unknown): string {
  return clip(jsonOf(value) ?? textOf(value), LENGTH);
}

/** The beginning of a text, and how long it was. Half of a character is no text to whoever keeps the message. */
export function clip(text: string, length: number): string {
  const beginning = text.slice(0, length).toWellFormed();
  return text.length > length ? `${beginning}… (${text.length} characters)` : beginning;
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // A BigInt, a circle, a toJSON that throws: there is no JSON to show.
    return undefined;
  }
}
