/** A place in a template: what an error message points at. */
export interface Location {
  readonly stack: string;
  /** Absent in sections that belong to no resource. */
  readonly logicalId?: string;
  /** Path inside the resource or section, such as `Properties.Code.S3Key`. */
  readonly property?: string;
}

export function locationText({ stack, logicalId, property }: Location): string {
  return [stack, logicalId, property].filter((part) => part !== undefined && part !== '').join(' › ');
}

/** The place one step further in. */
export function within(at: Location, step: string | number): Location {
  const own = typeof step === 'number' ? `[${step}]` : step;
  const joint = at.property === undefined || at.property === '' || typeof step === 'number' ? '' : '.';
  return { ...at, property: `${at.property ?? ''}${joint}${own}` };
}
