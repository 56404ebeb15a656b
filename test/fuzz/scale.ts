/**
 * How many inputs a property is given: its part of the budget of `npm test`, times `FUZZ_SCALE`, which a longer search
 * sets.
 */
export function scaled(runs: number): number {
  return Math.ceil(runs * Number(process.env['FUZZ_SCALE'] ?? 1));
}

/** How long they may take, in milliseconds: many times what they do take, for machines that are busy. */
export const TIME_LIMIT = scaled(240_000);
