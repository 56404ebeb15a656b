/** Every other seed has recurring schedules; a kept seed stays as it was found. */
export function hasTicks(seed: number): boolean {
  return seed % 2 === 0;
}
