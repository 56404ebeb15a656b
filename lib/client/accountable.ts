import { checkBy, checkWhy } from '../contract/index.ts';

/** Who does something to jobs, and why: it stands in their history. */
export interface Accountable {
  /**
   * A person or a program: 1 to 200 characters.
   * @default 'client'
   */
  readonly by?: string;
  /** 1 to 2,000 characters. */
  readonly why?: string;
}

/**
 * The compiler says some of it, too; a history that plain JavaScript wrote something else into could not be read any more.
 *
 * @throws {InvalidOptionError}
 */
export function checkAccountable({ by, why }: Accountable): void {
  if (by !== undefined) checkBy(by);
  if (why !== undefined) checkWhy(why);
}
