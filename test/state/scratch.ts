import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Engine, startDynoxide } from '../../lib/local/engines/index.ts';
import { type JobRecord, JobTable, stateItem } from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { ScratchTable } from '../conformance/scratch-table.ts';

/** A job table on an engine of its own, for the tests of one file. */
export class Scratch implements AsyncDisposable {
  readonly table: JobTable;
  readonly scratch: ScratchTable;
  readonly #engine: Engine;

  private constructor({ engine, scratch }: { engine: Engine; scratch: ScratchTable }) {
    this.#engine = engine;
    this.scratch = scratch;
    this.table = new JobTable({ client: scratch.client, tableName: scratch.name });
  }

  static async start(): Promise<Scratch> {
    const engine = await startDynoxide();
    const scratch = await ScratchTable.create({ name: 'dynoxide', endpoint: engine.endpoint });
    return new Scratch({ engine, scratch });
  }

  /** A record with an id of its own: queued and due, but for what `change` says. */
  async put(change: Partial<JobRecord> = {}): Promise<JobRecord> {
    const record = { ...queuedRecord(randomUUID()), ...change };
    const Item = stateItem(record);
    await this.scratch.client.send(new PutItemCommand({ TableName: this.scratch.name, Item }));
    return record;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scratch[Symbol.asyncDispose]();
    await this.#engine[Symbol.asyncDispose]();
  }
}
