/** Highest first. Each has a queue and a dead-letter queue of its own in every pool. */
export const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;

export type Priority = (typeof PRIORITIES)[number];

export function isPriority(value: unknown): value is Priority {
  return PRIORITIES.includes(value as Priority);
}
