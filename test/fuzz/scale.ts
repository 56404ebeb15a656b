/** `npm test` gives a quarter of what `npm run fuzz` does, which sets 1; a longer search sets more. */
const SCALE = Number(process.env['FUZZ_SCALE'] ?? 0.25);

/** How many inputs a property is given. */
export function scaled(runs: number): number {
  return Math.ceil(runs * SCALE);
}

/** How long they may take, in milliseconds: many times what they do take, for machines that are busy. */
export const TIME_LIMIT = Math.max(scaled(240_000), 120_000);
