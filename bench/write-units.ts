// Write units a job, from enqueue to success, as the engine bills them (ReturnConsumedCapacity).
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { MillraceClient } from '../lib/client/index.ts';
import { defineCatalog, defineJob, ENV } from '../lib/contract/index.ts';
import { createSqsClient } from '../lib/dispatch/index.ts';
import { createWorker } from '../lib/worker/index.ts';
import { lambdaContext, sqsEvent } from './cpu/sqs-event.ts';
import { createQueue, createTable, startEngines } from './engines.ts';
import { machine, markdown } from './machine.ts';

const JOBS = 100;
const job = defineJob({ name: 'bench.units', schema: z.object({ text: z.string() }) });
const catalog = defineCatalog([job]);

await using engines = await startEngines();
Object.assign(process.env, engines.env, { POWERTOOLS_LOG_LEVEL: 'ERROR' });
await createTable('units', ['pk', 'sk']);
const queues = { default: { normal: await createQueue('units') } };
const dynamodb = new DynamoDBClient({});
const sqs = createSqsClient();
const units = { sum: 0 };
countUnits();
const bodies = keepBodies();
const client = new MillraceClient({ catalog, tableName: 'units', queues, dynamodb, sqs });
const env = {
  ...{
    [ENV.table]: 'units',
    [ENV.queues]: JSON.stringify(queues),
    [ENV.pool]: 'default',
    [ENV.concurrency]: '10',
  },
  ...{ [ENV.retention]: '2592000', [ENV.deadRetention]: '7776000' },
};
const worker = createWorker(catalog, { 'bench.units': () => ({ ok: true }) }, { env, dynamodb, sqs });

const rows: (string | number)[][] = [['payload', 'enqueue', 'claim and settle', 'write units a job', 'goal']];
for (const [name, bytes, goal] of [
  ['300 B', 300, '3'],
  ['10 KB', 10_000, '3 + 10 for the payload, once'],
] as const) {
  const entry = {
    job: 'bench.units' as const,
    payload: { text: 'x'.repeat(bytes - 11) },
    options: { tenant: 'acme' },
  };
  const enqueue = await counted(async () => {
    const results = await client.enqueueMany(Array.from({ length: JOBS }, () => entry));
    for (const result of results) if (!result.ok) throw result.error;
  });
  const work = await counted(async () => {
    while (bodies.length > 0) {
      const { batchItemFailures } = await worker(sqsEvent(bodies.splice(0, 10)), lambdaContext);
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} jobs were not settled`);
    }
  });
  rows.push([name, enqueue.toFixed(2), work.toFixed(2), (enqueue + work).toFixed(2), goal]);
}
console.log(`${machine()}; ${JOBS} jobs each, dynoxide's ConsumedCapacity\n`);
console.log(markdown(rows));
dynamodb.destroy();
sqs.destroy();

async function counted(work: () => Promise<void>): Promise<number> {
  const before = units.sum;
  await work();
  return (units.sum - before) / JOBS;
}

/** Asks for the consumed capacity of every call and adds it up; a call of many items answers with a list. */
function countUnits(): void {
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const result = await next(args);
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: Capacity | Capacity[] };
      for (const each of [ConsumedCapacity ?? []].flat()) units.sum += each.CapacityUnits ?? 0;
      return result;
    },
    { step: 'initialize', name: 'countUnits' },
  );
}

interface Capacity {
  readonly CapacityUnits?: number;
}

function keepBodies(): string[] {
  const kept: string[] = [];
  sqs.middlewareStack.add(
    (next) => (args) => {
      const { Entries = [] } = args.input as { Entries?: { MessageBody: string }[] };
      kept.push(...Entries.map(({ MessageBody }) => MessageBody));
      return next(args);
    },
    { step: 'initialize', name: 'keepBodies' },
  );
  return kept;
}
