import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { startDynoxide } from '../../lib/local/engines/index.ts';
import { type JobRecord, JobTable, stateItem } from '../../lib/state/index.ts';
import type { EngineUnderTest } from '../conformance/engines.ts';
import { queuedRecord } from '../conformance/job-writes.ts';
import { ScratchTable } from '../conformance/scratch-table.ts';

/** A job table for the tests of one file: on an engine of its own, or on the one that the conformance check provides. */
export class Scratch implements AsyncDisposable {
  readonly table: JobTable;
  readonly scratch: ScratchTable;
  readonly #engine: AsyncDisposable;

  private constructor({ engine, scratch }: { engine: AsyncDisposable; scratch: ScratchTable }) {
    this.#engine = engine;
    this.scratch = scratch;
    this.table = new JobTable({ client: scratch.client, tableName: scratch.name });
  }

  static async start(): Promise<Scratch> {
    const engine = new AsyncDisposableStack();
    const scratch = await ScratchTable.create(inject('stateEngine') ?? (await dynoxide(engine)));
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

async function dynoxide(stack: AsyncDisposableStack): Promise<EngineUnderTest> {
  const { endpoint } = stack.use(await startDynoxide());
  return { name: 'dynoxide', endpoint };
}
