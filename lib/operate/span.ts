const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A length of time for a person to read, rounded: '42 s', '3 min', '2 h', '5 d'. */
export function span(ms: number): string {
  const whole = Math.max(Math.round(ms), 0);
  // One unit is enough from twice of it on: '90 s' says more than '2 min'.
  for (const [unit, size] of UNITS) if (whole >= 2 * size) return `${Math.round(whole / size)} ${unit}`;
  return whole >= 1_000 ? `${(whole / 1_000).toFixed(1)} s` : `${whole} ms`;
}
