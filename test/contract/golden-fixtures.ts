import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Item } from '../../lib/state/index.ts';

const FOLDER = new URL('./fixtures/golden/', import.meta.url);

/** What a released version left in the table for one job, and the message that is under way for it. */
export interface Golden {
  /** `queued-minimal`, of `record-v1-queued-minimal.json`. */
  readonly name: string;
  readonly description: string;
  readonly items: readonly Item[];
  /** The job's state item; undefined where the items are of no job. */
  readonly state: Item | undefined;
  /** The body of the message; undefined where none is under way. */
  readonly message: string | undefined;
}

/** Every message body of every released version that stands by itself. */
export function goldenBodies(): string[] {
  return globSync('envelope-v*.json', { cwd: FOLDER.pathname })
    .sort()
    .map((file) => readFileSync(new URL(file, FOLDER), 'utf8'));
}

/** Every record of every released version. */
export function goldenRecords(): Golden[] {
  const files = globSync('record-v*.json', { cwd: FOLDER.pathname }).sort();
  return files.map((file) => {
    const { description, items, message } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
    return {
      ...{ description, items },
      name: basename(file, '.json').replace(/^record-v\d+-/, ''),
      state: (items as Item[]).find(({ sk }) => sk?.S === 'state'),
      message: message === undefined ? undefined : JSON.stringify(message),
    };
  });
}
