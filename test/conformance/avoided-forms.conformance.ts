import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Item, ScratchTable, SORT_KEY, type Statement } from './scratch-table.ts';

// Why Millrace's statements look as they do: what the engines do not agree on. A test that fails here after an upgrade
// says that an engine has changed, and that a form may have become free to use.

const number = (N: number): AttributeValue => ({ N: String(N) });
const WHERE = 'WHERE "pk" = ? AND "sk" = ?';

interface Form {
  readonly what: string;
  readonly text: string;
  readonly parameters?: readonly AttributeValue[];
  readonly acceptedBy: readonly string[];
}

const DYNOXIDE = ['dynoxide'];
const DYNAMODB_LOCAL = ['DynamoDB Local'];
const one = [number(1)];
const FORMS: readonly Form[] = [
  {
    what: 'SET repeated for each assignment',
    text: `UPDATE TABLE SET "a" = ? SET "b" = ? ${WHERE}`,
    parameters: [number(1), number(2)],
    acceptedBy: DYNAMODB_LOCAL,
  },
  { what: 'REMOVE of two by comma', text: `UPDATE TABLE REMOVE "a", "b" ${WHERE}`, acceptedBy: DYNOXIDE },
  {
    what: 'REMOVE repeated',
    text: `UPDATE TABLE REMOVE "a" REMOVE "b" ${WHERE}`,
    acceptedBy: DYNAMODB_LOCAL,
  },
  {
    what: 'REMOVE before SET',
    text: `UPDATE TABLE REMOVE "a" SET "b" = ? ${WHERE}`,
    parameters: one,
    acceptedBy: DYNAMODB_LOCAL,
  },
  { what: 'arithmetic', text: `UPDATE TABLE SET "a" = "a" + 1 ${WHERE}`, acceptedBy: DYNAMODB_LOCAL },
  {
    what: 'attribute_exists',
    text: `UPDATE TABLE SET "b" = 1 ${WHERE} AND attribute_exists("a")`,
    acceptedBy: DYNAMODB_LOCAL,
  },
  {
    what: '<> on an attribute that is absent',
    text: `UPDATE TABLE SET "b" = 1 ${WHERE} AND "absent" <> 'x'`,
    acceptedBy: DYNAMODB_LOCAL,
  },
];

describe.each(inject('engines'))('forms that the engines do not agree on: $name', (engine) => {
  let table: ScratchTable;
  beforeAll(async () => {
    table = await ScratchTable.create(engine);
    return () => table[Symbol.asyncDispose]();
  });

  const put = (item: Item = { a: number(0), b: number(0) }) => table.put(item);
  const onItem = (pk: string, text: string, values: readonly AttributeValue[] = []): Statement => ({
    text,
    parameters: [...values, { S: pk }, { S: SORT_KEY }],
  });

  it.each(FORMS)('$what: accepted by $acceptedBy alone', async ({ text, parameters, acceptedBy }) => {
    const [answer] = await table.execute([onItem(await put(), text, parameters)]);
    expect(answer?.Error === undefined).toBe(acceptedBy.includes(engine.name));
  });

  it('a key named twice: DynamoDB Local refuses the call and has applied it', async () => {
    const pk = await put();
    const set = (value: number) => onItem(pk, `UPDATE TABLE SET "a" = ? ${WHERE}`, [number(value)]);
    await expect(table.execute([set(1), set(2)])).rejects.toMatchObject({ name: 'ValidationException' });
    const applied = engine.name === 'DynamoDB Local';
    expect(await table.read(pk)).toMatchObject({ a: number(applied ? 2 : 0) });
  });
});
