import type { Item } from '../../../lib/state/index.ts';

/** A PartiQL statement as lib/state writes it. */
export interface Statement {
  readonly Statement: string;
  readonly Parameters?: readonly Item[string][];
}

export function isInsert({ Statement }: Statement): boolean {
  return Statement.startsWith('INSERT');
}

/** A field of an INSERT: its value is a parameter, plain characters or a whole number. */
const FIELD = /'([^']+)': (?:(\?)|'([^']*)'|(-?\d+))/g;

/** The item that an INSERT puts. */
export function insertedItem({ Statement, Parameters = [] }: Statement): Item {
  const item: Item = {};
  let used = 0;
  for (const [, name = '', parameter, text, number] of Statement.matchAll(FIELD)) {
    if (parameter) {
      item[name] = Parameters[used] as Item[string];
      used += 1;
    } else {
      item[name] = text === undefined ? { N: number ?? '' } : { S: text };
    }
  }
  return item;
}

/** The partition key that an UPDATE names. */
export function updatedKey({ Statement, Parameters = [] }: Statement): string | undefined {
  const written = /'(job#[^']+)'/.exec(Statement)?.[1];
  return written ?? Parameters.find(({ S }) => S?.startsWith('job#'))?.S;
}
