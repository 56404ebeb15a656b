import type { Item } from '../../../lib/state/index.ts';
import type { World } from '../world/world.ts';
import { type Answer, type Call, errorAnswer, type ItemFaults, type Service } from './call.ts';
import { type Change, type JobStore, keyText } from './job-store.ts';
import { insertedItem, isInsert, type Statement } from './statement.ts';

/** What hears of every change of the table. */
export type ChangeListener = (change: Change, call: Call) => void;

/** Reads: they change nothing and go to the engine as they are. */
const READS = new Set(['GetItem', 'Query', 'Scan', 'BatchGetItem']);

/** DynamoDB as the SDK calls it: the engine answers; what a call changed is told to the listener. */
export class TableService implements Service {
  readonly #world: World;
  readonly #store: JobStore;
  readonly #changed: ChangeListener;

  constructor(options: { world: World; store: JobStore; changed: ChangeListener }) {
    this.#world = options.world;
    this.#store = options.store;
    this.#changed = options.changed;
  }

  items({ operation, input }: Call): number {
    if (operation === 'BatchWriteItem') return requestsOf(input).length;
    return operation === 'BatchExecuteStatement' ? (input['Statements'] as Statement[]).length : 0;
  }

  throttled(): Answer {
    const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
    return errorAnswer(type, 'The level of configured provisioned throughput for the table was exceeded.');
  }

  conflicting({ operation, input }: Call): Answer | undefined {
    const message = 'Transaction is ongoing for the item';
    const type = 'com.amazonaws.dynamodb.v20120810#TransactionConflictException';
    if (operation === 'PutItem' || operation === 'UpdateItem') return errorAnswer(type, message);
    if (operation !== 'TransactWriteItems') return undefined;
    const reasons = (input['TransactItems'] as unknown[]).map((_, i) =>
      i === 0 ? { Code: 'TransactionConflict', Message: message } : { Code: 'None' },
    );
    const body = {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      message: 'Transaction cancelled',
      CancellationReasons: reasons,
    };
    return { status: 400, body: JSON.stringify(body) };
  }

  async apply(call: Call, faults: ItemFaults): Promise<Answer> {
    const { operation, input } = call;
    if (READS.has(operation)) return this.#store.send(operation, call.body);
    switch (operation) {
      case 'PutItem':
        return this.#put(call);
      case 'UpdateItem':
        return this.#update(call);
      case 'BatchExecuteStatement':
        return this.#statements(call, input['Statements'] as Statement[], faults);
      case 'BatchWriteItem':
        return this.#batchWrite(call, faults);
      case 'TransactWriteItems':
        return this.#transact(call);
      default:
        throw new Error(`The simulated DynamoDB does not know what ${operation} changes: teach it`);
    }
  }

  async #put(call: Call): Promise<Answer> {
    const answer = await this.#store.send('PutItem', call.body);
    if (answer.status === 200) this.#note(call, call.input['Item'] as Item);
    else this.#refused(call, answer.body);
    return answer;
  }

  async #update(call: Call): Promise<Answer> {
    const asked = call.input['ReturnValues'] === 'ALL_NEW';
    const body = asked ? call.body : JSON.stringify({ ...call.input, ReturnValues: 'ALL_NEW' });
    const answer = await this.#store.send('UpdateItem', body);
    if (answer.status !== 200) {
      this.#refused(call, answer.body);
      return answer;
    }
    const { Attributes } = JSON.parse(answer.body) as { Attributes: Item };
    this.#note(call, Attributes);
    return asked ? answer : { status: 200, body: '{}' };
  }

  /** The statements that a fault refuses never reach the engine; their answers are put back between the others'. */
  async #statements(call: Call, statements: readonly Statement[], faults: ItemFaults): Promise<Answer> {
    const sent = [...statements.entries()].filter(([i]) => faults.get(i) !== 'item throttled');
    const Responses: object[] = statements.map(() => itemError('ThrottlingError', 'item throttled'));
    if (sent.length > 0) {
      const Statements = sent.map(([, s]) => (isInsert(s) ? s : returning(s)));
      const answer = await this.#store.send('BatchExecuteStatement', JSON.stringify({ Statements }));
      if (answer.status !== 200) return answer;
      const answered = (JSON.parse(answer.body) as { Responses: { Error?: object; Item?: Item }[] })
        .Responses;
      for (const [at, [i, statement]] of sent.entries()) {
        const { Item, ...response } = answered[at] ?? {};
        if (!response.Error) this.#note(call, isInsert(statement) ? insertedItem(statement) : (Item as Item));
        else this.#refused(call, JSON.stringify(response.Error));
        Responses[i] = faults.has(i) ? itemError('InternalServerError', 'item lost') : response;
      }
    }
    return { status: 200, body: JSON.stringify({ Responses }) };
  }

  /** What a fault refuses or loses comes back as unprocessed. */
  async #batchWrite(call: Call, faults: ItemFaults): Promise<Answer> {
    const requests = requestsOf(call.input);
    const sent = requests.filter((_, i) => faults.get(i) !== 'item throttled');
    const unprocessed = requests.filter((_, i) => faults.has(i));
    const table = this.#store.name;
    if (sent.length > 0) {
      const body = JSON.stringify({ ...call.input, RequestItems: { [table]: sent } });
      const answer = await this.#store.send('BatchWriteItem', body);
      if (answer.status !== 200) return answer;
    }
    for (const { PutRequest, DeleteRequest } of sent) {
      if (PutRequest) this.#note(call, PutRequest.Item);
      else if (DeleteRequest) this.#changed(this.#store.note(keyText(DeleteRequest.Key), undefined), call);
    }
    const UnprocessedItems = unprocessed.length > 0 ? { [table]: unprocessed } : {};
    return { status: 200, body: JSON.stringify({ UnprocessedItems }) };
  }

  async #transact(call: Call): Promise<Answer> {
    const answer = await this.#store.send('TransactWriteItems', call.body);
    if (answer.status !== 200) {
      this.#refused(call, answer.body);
      return answer;
    }
    for (const { Put, Update, Delete } of call.input['TransactItems'] as TransactItem[]) {
      if (Put) this.#note(call, Put.Item);
      if (Delete) this.#changed(this.#store.note(keyText(Delete.Key), undefined), call);
      if (!Update) continue;
      const { Item } = await this.#store.must('GetItem', { TableName: this.#store.name, Key: Update.Key });
      this.#note(call, Item as Item);
    }
    return answer;
  }

  #note(call: Call, item: Item): void {
    this.#changed(this.#store.note(keyText(item), item), call);
  }

  #refused({ by, operation, jobs }: Call, error: string): void {
    this.#world.tell(
      by.name,
      () => `${operation} refused: ${/"(?:__type|Code)":"(?:[^"]*#)?([^"]*)"/.exec(error)?.[1]}`,
      jobs,
    );
  }
}

interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

interface TransactItem {
  readonly Put?: { readonly Item: Item };
  readonly Update?: { readonly Key: Item };
  readonly Delete?: { readonly Key: Item };
}

/** All of one table: Millrace has no other. */
function requestsOf(input: Call['input']): WriteRequest[] {
  return Object.values(input['RequestItems'] as Record<string, WriteRequest[]>).flat();
}

function itemError(Code: string, Message: string): object {
  return { Error: { Code, Message } };
}

function returning(statement: Statement): Statement {
  return { ...statement, Statement: `${statement.Statement} RETURNING ALL NEW *` };
}
