import { createHash } from 'node:crypto';

export interface NameOptions {
  readonly stack: string;
  readonly logicalId: string;
  /** Longest name that the service takes. */
  readonly maxLength: number;
  /** Told apart from other runs on the same engine; '' where the engine is this run's own. */
  readonly run: string;
  readonly lowerCase?: boolean;
}

/**
 * The physical name of a resource that the template does not name: readable, the same in every run, and different for
 * every resource (the hash covers what truncation cuts off).
 */
export function physicalName({ stack, logicalId, maxLength, run, lowerCase }: NameOptions): string {
  const hash = createHash('sha256').update(`${stack}/${logicalId}/${run}`).digest('hex').slice(0, 8);
  const readable = `${stack}-${logicalId}`.slice(0, maxLength - hash.length - 1);
  const name = `${readable}-${hash}`;
  return lowerCase === true ? name.toLowerCase() : name;
}
