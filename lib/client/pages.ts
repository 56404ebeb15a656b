import { type Item, type QuarantinedMessage, RecordUnreadableError } from '../state/index.ts';
import type { JobView } from './job-view.ts';

/** What every page of a list has besides its entries. */
interface Page {
  /** Items of the page that are not as Millrace writes them, each with its id and what is wrong: the others stand. */
  readonly unreadable: readonly RecordUnreadableError[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

export interface JobPage extends Page {
  readonly jobs: JobView[];
}

export interface QuarantinePage extends Page {
  readonly messages: QuarantinedMessage[];
}

/** Reads every item of a page; one that cannot be read hides none of the others. */
export function readEach<T>(
  items: readonly Item[],
  read: (item: Item) => T,
): { read: T[]; unreadable: RecordUnreadableError[] } {
  const found: T[] = [];
  const unreadable: RecordUnreadableError[] = [];
  for (const item of items) {
    try {
      found.push(read(item));
    } catch (error) {
      if (!(error instanceof RecordUnreadableError)) throw error;
      unreadable.push(error);
    }
  }
  return { read: found, unreadable };
}
