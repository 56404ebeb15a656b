import { type Item, type JobRecord, readRecord, STATE, TABLE_SHAPE } from '../../../lib/state/index.ts';
import type { EngineAnswer, EngineConnection } from './engine-connection.ts';

/** One change of one item. */
export interface Change {
  readonly key: string;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
}

export interface Stored {
  readonly item: Item;
  /** Read where the item is a job's state. */
  readonly record: JobRecord | undefined;
}

/**
 * The job table on the engine, and what stands in it: every write goes through here and says what it left, so before
 * and after of each are known without a read, and a stream need not be kept (dynoxide's grows slow).
 */
export class JobStore {
  readonly name: string;
  readonly #engine: EngineConnection;
  readonly #items = new Map<string, Stored>();

  constructor({ name, engine }: { name: string; engine: EngineConnection }) {
    this.name = name;
    this.#engine = engine;
  }

  async create(): Promise<void> {
    await this.must('CreateTable', { TableName: this.name, ...TABLE_SHAPE });
  }

  async drop(): Promise<void> {
    await this.must('DeleteTable', { TableName: this.name });
  }

  send(operation: string, body: string): Promise<EngineAnswer> {
    return this.#engine.send(operation, body);
  }

  /** As `send`, for requests of our own: an error is a defect of the simulator. */
  async must(operation: string, input: object): Promise<Record<string, unknown>> {
    const { status, body } = await this.#engine.send(operation, JSON.stringify(input));
    if (status !== 200) throw new Error(`${operation} on the engine: ${body}`);
    return JSON.parse(body) as Record<string, unknown>;
  }

  get(key: string): Stored | undefined {
    return this.#items.get(key);
  }

  state(id: string): JobRecord | undefined {
    return this.#items.get(`job#${id}|${STATE}`)?.record;
  }

  /** As JSON: in the record, or beside it. */
  payload({ id, gen, payload }: JobRecord): string | undefined {
    return payload ?? this.#items.get(`job#${id}|payload#${gen}`)?.item['payload']?.S;
  }

  copy(): Map<string, Stored> {
    return new Map(this.#items);
  }

  keys(): string[] {
    return [...this.#items.keys()];
  }

  records(): JobRecord[] {
    return [...this.#items.values()].flatMap(({ record }) => record ?? []);
  }

  /** Takes note of what stands under a key after a write. */
  note(key: string, item: Item | undefined): Change {
    const before = this.#items.get(key);
    if (!item) {
      this.#items.delete(key);
      return { key, before, after: undefined };
    }
    const record = item['sk']?.S === STATE ? readRecord(item) : undefined;
    const after = { item, record };
    this.#items.set(key, after);
    return { key, before, after };
  }

  /** Puts or deletes an item as an operator or DynamoDB itself does. */
  async set(key: string, item: Item | undefined): Promise<Change> {
    const TableName = this.name;
    if (item) await this.must('PutItem', { TableName, Item: item });
    else await this.must('DeleteItem', { TableName, Key: keyOf(key) });
    return this.note(key, item);
  }
}

export function keyText(item: Item): string {
  return `${item['pk']?.S}|${item['sk']?.S}`;
}

/** A job's id, of the key of any of its items. */
export function jobIdOf(key: string): string | undefined {
  return key.startsWith('job#') ? key.slice(4, key.lastIndexOf('|')) : undefined;
}

/** A schedule's serial, of the key of any item that says how far its ticks are. */
export function serialIn(key: string): string | undefined {
  return key.startsWith('ticks#') ? key.slice('ticks#'.length, key.lastIndexOf('|')) : undefined;
}

function keyOf(key: string): Item {
  const at = key.lastIndexOf('|');
  return { pk: { S: key.slice(0, at) }, sk: { S: key.slice(at + 1) } };
}
