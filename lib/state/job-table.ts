import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  type Update as TransactUpdate,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { LIMITS, ResourceMismatchError, resourceError } from '../contract/index.ts';
import type { ExplainedWrite } from './event-item.ts';
import {
  attribute,
  type Item,
  type JobRecord,
  partitionKey,
  payloadKey,
  readRecord,
  stateItem,
  stateKey,
  toItem,
} from './record.ts';
import { given, statementValue } from './statement-value.ts';
import { toStatement, toUpdate, type Write } from './write.ts';

/** The record as it is after a write, or, where a condition failed, as it was instead; undefined: there is none. */
export type WriteResult =
  | { readonly ok: true; readonly record: JobRecord }
  | { readonly ok: false; readonly old: JobRecord | undefined };

/** As a `WriteResult`, of a transaction: it does not bring the new record along. */
export type ExplainedResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly old: JobRecord | undefined };

/** What became of one write of a batch. `unknown`: it may or may not have been applied; the single write tells. */
export type BatchResult = 'written' | 'failed' | 'unknown';

export interface NewRecord {
  readonly record: JobRecord;
  /** JSON; set where it stands in an item of its own instead of the record. */
  readonly payload?: string;
}

export type CreateResult =
  | { readonly created: true }
  | { readonly created: false; readonly existing: JobRecord };

/** How DynamoDB says that a table has other keys, or that a text is no table's name. */
const NOT_OURS = /\bkeys?\b|\btable(?:\/index)? ?name/i;

/** Times that a write is tried where a transaction of another's has hold of the item: those take milliseconds. */
const TRIES = 3;

/** The job table: conditional writes built from the transition table, and reads. */
export class JobTable {
  readonly tableName: string;
  readonly #client: DynamoDBClient;

  constructor({ client, tableName }: { client: DynamoDBClient; tableName: string }) {
    this.#client = client;
    this.tableName = tableName;
  }

  /**
   * Puts the record of a new job, unless there is one; a record past its expiry that TTL has not deleted yet counts as
   * absent. A put whose response was lost finds its own `gen` and counts as created. A payload of its own is put after
   * the record and before anything is sent, so that no crash leaves a payload without a record to find it by.
   */
  async create({ record, payload }: NewRecord, now: number): Promise<CreateResult> {
    const result = await this.#putState(record, now);
    if (result.created && payload !== undefined) await this.putPayload(record, payload);
    return result;
  }

  async #putState(record: JobRecord, now: number): Promise<CreateResult> {
    try {
      const put = new PutItemCommand({
        TableName: this.tableName,
        Item: stateItem(record),
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': attribute(Math.floor(now / 1000)) },
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      const { Attributes: replaced } = await this.#pastConflicts(() => this.#client.send(put));
      if (replaced?.['parts'] && !record.parts) await this.#keepParts(record);
      return { created: true };
    } catch (error) {
      const existing = conditionFailed(error);
      if (!existing) throw error;
      return existing.gen === record.gen ? { created: true } : { created: false, existing };
    }
  }

  /** The replaced record left items behind; the mark has the lifecycle function delete them when this record goes. */
  async #keepParts({ id, gen }: JobRecord): Promise<void> {
    try {
      const mark = new UpdateItemCommand({
        TableName: this.tableName,
        Key: stateKey(id),
        UpdateExpression: 'SET parts = :one',
        ConditionExpression: 'gen = :gen',
        ExpressionAttributeValues: { ':one': attribute(1), ':gen': attribute(gen) },
      });
      await this.#pastConflicts(() => this.#client.send(mark));
    } catch (error) {
      // Another put took the id since: it has marked its own record.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** As `create` for many at once: one request for 25 records; what a batch cannot tell is put one by one. */
  async createMany(
    records: readonly NewRecord[],
    now: number,
  ): Promise<PromiseSettledResult<CreateResult>[]> {
    const statements = records.map(({ record }) => insertStatement(this.tableName, stateItem(record)));
    const written = await this.#batch(
      statements,
      records.map(({ record }) => record.id),
    );
    return Promise.allSettled(
      records.map(async (each, i): Promise<CreateResult> => {
        if (written[i] !== 'written') return this.create(each, now);
        if (each.payload !== undefined) await this.putPayload(each.record, each.payload);
        return { created: true };
      }),
    );
  }

  /** Stores a payload of its own, unless there is one: a call that comes late puts none back in a patched one's place. */
  async putPayload(record: Pick<JobRecord, 'id' | 'gen'>, payload: string): Promise<void> {
    const put = new PutItemCommand({
      TableName: this.tableName,
      Item: { ...payloadKey(record), ...toItem({ payload }) },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    try {
      await this.#pastConflicts(() => this.#client.send(put));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async update(write: Write): Promise<WriteResult> {
    try {
      const input = { ...toUpdate(this.tableName, write), ReturnValues: 'ALL_NEW' as const };
      const { Attributes } = await this.#pastConflicts(() => this.#client.send(new UpdateItemCommand(input)));
      return { ok: true, record: readRecord(Attributes ?? {}) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { ok: false, old: conditionFailed(error) };
    }
  }

  /**
   * A write together with the item that says why, and a new payload where it has one: all or nothing. What operators do has
   * to be on record. It costs twice the write units of the same writes alone (DynamoDB: transactions).
   */
  async updateWith({ write, item, payload }: ExplainedWrite): Promise<ExplainedResult> {
    const { ReturnValuesOnConditionCheckFailure, ...update } = toUpdate(this.tableName, write);
    const Update = { ...update, ReturnValuesOnConditionCheckFailure } as TransactUpdate;
    const puts = [item, ...(payload ? [payload] : [])].map((Item) => ({
      Put: { TableName: this.tableName, Item },
    }));
    try {
      await this.#pastConflicts(() =>
        this.#client.send(new TransactWriteItemsCommand({ TransactItems: [{ Update }, ...puts] })),
      );
    } catch (error) {
      const [reason] = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      if (reason?.Code !== 'ConditionalCheckFailed') throw error;
      return { ok: false, old: reason.Item && readRecord(reason.Item) };
    }
    return { ok: true };
  }

  /** The items of a job whose sort key begins so: its attempts, its events. In the order of their keys. */
  itemsOf(id: string, prefix: string): Promise<Item[]> {
    return this.itemsUnder({ pk: partitionKey(id), prefix });
  }

  /** The items of a partition, all or those whose sort key begins so, in the order of their keys. */
  async itemsUnder({ pk, prefix }: { pk: string; prefix?: string }): Promise<Item[]> {
    const items: Item[] = [];
    let from: Item | undefined;
    do {
      const page = await this.#answer(
        this.#client.send(
          new QueryCommand({
            TableName: this.tableName,
            // A key condition takes no empty text.
            KeyConditionExpression: `pk = :pk${prefix ? ' AND begins_with(sk, :prefix)' : ''}`,
            ExpressionAttributeValues: toItem({ ':pk': pk, ':prefix': prefix }),
            ConsistentRead: true,
            ExclusiveStartKey: from,
          }),
        ),
      );
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from);
    return items;
  }

  /** Many writes in one request for 25. A job must not occur twice. */
  async updateMany(writes: readonly Write[]): Promise<BatchResult[]> {
    const statements = writes.map((write) => toStatement(this.tableName, write));
    return this.#batch(
      statements,
      writes.map(({ id }) => id),
    );
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const item = await this.#item(stateKey(id));
    return item && readRecord(item);
  }

  /** Whether there is a record, also one that cannot be read. */
  async has(id: string): Promise<boolean> {
    return (await this.#item(stateKey(id))) !== undefined;
  }

  /** A job's payload as JSON; undefined where its enqueue died before it was stored. */
  async payloadOf(record: JobRecord): Promise<string | undefined> {
    return record.payload ?? this.storedPayload(record);
  }

  /** The payload that stands in an item of its own, as JSON; undefined where there is none. */
  async storedPayload(job: Pick<JobRecord, 'id' | 'gen'>): Promise<string | undefined> {
    return (await this.#item(payloadKey(job)))?.['payload']?.S;
  }

  async #item(Key: Item): Promise<Item | undefined> {
    const { Item } = await this.#answer(
      this.#client.send(new GetItemCommand({ TableName: this.tableName, Key, ConsistentRead: true })),
    );
    return Item;
  }

  /** Puts an item that is not a state item: a failed attempt, a quarantined message. */
  async put(item: Item): Promise<void> {
    await this.#answer(this.#client.send(new PutItemCommand({ TableName: this.tableName, Item: item })));
  }

  async #batch(statements: readonly BatchStatementRequest[], ids: readonly string[]): Promise<BatchResult[]> {
    const results: BatchResult[] = statements.map(() => 'unknown');
    // One statement gains nothing from a batch, and a key that stands in it twice fails all of it.
    if (statements.length < 2 || new Set(ids).size < ids.length) return results;
    for (let at = 0; at < statements.length; at += LIMITS.batchStatements) {
      const Statements = statements.slice(at, at + LIMITS.batchStatements);
      const responses = await this.#execute(Statements);
      for (const [i, response] of responses.entries()) {
        const code = response.Error?.Code;
        results[at + i] = !response.Error
          ? 'written'
          : code === 'ConditionalCheckFailed'
            ? 'failed'
            : 'unknown';
      }
    }
    return results;
  }

  async #execute(Statements: BatchStatementRequest[]) {
    try {
      const { Responses } = await this.#answer(
        this.#client.send(new BatchExecuteStatementCommand({ Statements })),
      );
      return Responses ?? [];
    } catch (error) {
      // A call that failed as a whole leaves every item to its single write, which finds what was applied, and which
      // reports the error if it stands. Only a table that is not there is certain for all of them.
      if (error instanceof ResourceMismatchError) throw error;
      return [];
    }
  }

  /** As `#answer`; the SDK itself tries no conflict again. */
  async #pastConflicts<Output>(call: () => Promise<Output>): Promise<Output> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#answer(call());
      } catch (error) {
        if (tries >= TRIES || !isConflict(error)) throw error;
      }
    }
  }

  /** The call's answer, or its error in our words; a failed condition is an answer that the caller reads. */
  async #answer<Output>(call: Promise<Output>): Promise<Output> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw error;
      throw this.#readable(error, await this.#client.config.region());
    }
  }

  #readable(cause: unknown, region: string): unknown {
    const problem = { resource: 'job table', name: this.tableName, region };
    if (cause instanceof Error && cause.name === 'ValidationException' && NOT_OURS.test(cause.message)) {
      const expected = "a table with the keys 'pk' and 'sk', made by the Millrace stack";
      return new ResourceMismatchError({ ...problem, expected, cause });
    }
    return resourceError(cause, problem);
  }
}

function insertStatement(tableName: string, item: Item): BatchStatementRequest {
  const parameters: AttributeValue[] = [];
  const fields = Object.entries(item).map(
    ([name, value]) => `'${name}': ${statementValue(value, parameters)}`,
  );
  return { Statement: `INSERT INTO "${tableName}" VALUE {${fields.join(', ')}}`, ...given(parameters) };
}

/** Another's transaction was writing the item at the same moment. A condition that failed besides is an answer. */
function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
  const codes = reasons.map(({ Code }) => Code);
  return codes.includes('TransactionConflict') && !codes.includes('ConditionalCheckFailed');
}

function conditionFailed(error: unknown): JobRecord | undefined {
  return error instanceof ConditionalCheckFailedException && error.Item ? readRecord(error.Item) : undefined;
}
