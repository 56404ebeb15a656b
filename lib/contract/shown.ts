import { textOf } from './thrown.ts';

const LENGTH = 120;

/** A value that was given instead of the one expected, for a message: JSON where it has one, of bearable length. */
export function shown(value: unknown): string {
  return clip(jsonOf(value) ?? textOf(value), LENGTH);
}

/** The beginning of a text, and how long it was. */
export function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}… (${text.length} characters)` : text;
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // A BigInt, a circle, a toJSON that throws: there is no JSON to show.
    return undefined;
  }
}
