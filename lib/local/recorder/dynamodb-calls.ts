import { isList, isObject, type Json, type JsonObject } from '../template/index.ts';
import type { ArnBook, Requirement } from './recorded-call.ts';

export interface DynamodbRequest {
  readonly operation: string;
  readonly body: Json;
  readonly arns: ArnBook;
}

/** Which IAM action an entry of TransactWriteItems needs, by its key. TransactWriteItems itself is none. */
const ACTION_OF_ENTRY: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

const ACTION_OF_STATEMENT: Readonly<Record<string, string>> = {
  SELECT: 'PartiQLSelect',
  INSERT: 'PartiQLInsert',
  UPDATE: 'PartiQLUpdate',
  DELETE: 'PartiQLDelete',
  EXISTS: 'ConditionCheckItem',
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html and …/ql-iam.html */
export function dynamodbRequirements({ operation, body, arns }: DynamodbRequest): Requirement[] {
  if (!isObject(body)) return [];
  switch (operation) {
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return objects(body['TransactItems']).flatMap((entry) => transactionEntry(entry, arns));
    case 'ExecuteStatement':
      return [statement(body, arns)];
    case 'BatchExecuteStatement':
      return objects(body['Statements']).map((each) => statement(each, arns));
    case 'ExecuteTransaction':
      return objects(body['TransactStatements']).map((each) => statement(each, arns));
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return tablesOf(body['RequestItems']).map((name) => ({
        action: `dynamodb:${operation}`,
        resource: arns.table(name),
      }));
    default:
      return [{ action: `dynamodb:${operation}`, resource: resourceOf(body, arns) }];
  }
}

function resourceOf(body: JsonObject, arns: ArnBook): string {
  const { TableName: table, IndexName: index, StreamArn: stream } = body;
  if (typeof stream === 'string') return stream;
  if (typeof table !== 'string') return '*';
  return typeof index === 'string' ? `${arns.table(table)}/index/${index}` : arns.table(table);
}

function transactionEntry(entry: JsonObject, arns: ArnBook): Requirement[] {
  return Object.entries(entry).flatMap(([kind, request]) => {
    const action = ACTION_OF_ENTRY[kind];
    if (action === undefined || !isObject(request)) return [];
    return [{ action: `dynamodb:${action}`, resource: resourceOf(request, arns) }];
  });
}

/** `UPDATE "table" …`, `INSERT INTO "table" …`, `SELECT … FROM "table"."index" …`. */
function statement(entry: JsonObject, arns: ArnBook): Requirement {
  const text = typeof entry['Statement'] === 'string' ? entry['Statement'] : '';
  const verb = /^\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? '';
  const action = `dynamodb:${ACTION_OF_STATEMENT[verb] ?? `PartiQL${verb}`}`;
  const [, table, index] = /\b(?:from|into|update)\s+"?([\w.-]+)"?(?:\s*\.\s*"([\w.-]+)")?/i.exec(text) ?? [];
  if (table === undefined) return { action, resource: '*' };
  return {
    action,
    resource: resourceOf({ TableName: table, ...(index !== undefined && { IndexName: index }) }, arns),
  };
}

function tablesOf(items: Json | undefined): string[] {
  return isObject(items) ? Object.keys(items) : [];
}

function objects(value: Json | undefined): JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}
