import { DynamoDBClient, type GetItemCommandInput, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { type HistoryEntry, history } from '../../../lib/client/history.ts';
import { type Item, type JobRecord, JobTable } from '../../../lib/state/index.ts';
import { type JobStore, keyText } from '../aws/job-store.ts';
import { type Checks, isGone } from './checks.ts';
import type { JobLog } from './job-log.ts';

/** Holds what the client tells of each job's way against the changes that its record went through. */
export async function checkHistories(checks: Checks, store: JobStore): Promise<void> {
  const table = new JobTable({ client: clientOf(store), tableName: store.name });
  for (const log of checks.logs.all()) {
    const record = store.state(log.id);
    if (!record || isGone(log.void)) continue;
    const told = await history(table, log.id);
    const wrong = wrongIn(told, { record, log });
    if (wrong) checks.report('history is a path', log.id, wrong);
  }
}

function wrongIn(told: readonly HistoryEntry[], { record, log }: { record: JobRecord; log: JobLog }) {
  const gap = told.findIndex(({ from }, i) => from !== (told[i - 1]?.to ?? 'none'));
  if (gap >= 0) return `told ${arrows(told).join(', ')}: broken at ${gap}`;
  if (told.at(-1)?.to !== record.status) return `told ${arrows(told).join(', ')}; it is ${record.status}`;
  // What was handed back unexecuted is left out on purpose.
  if (log.released) return undefined;
  if (told.some(({ why }) => why === 'not on record'))
    return `told ${arrows(told).join(', ')}: one left nothing`;
  const left = told.flatMap((entry, i) => missingIn(entry, told[i - 1]));
  if (left.length > 0) return `told ${arrows(told).join(', ')}; ${left.join(', ')}`;
  const moves = told.filter(({ from, to, why }) => from !== to || why?.startsWith('its lease lapsed'));
  const tells = arrows(moves).join(', ');
  const went = log.path.join(', ');
  if (tells !== went) return `told ${tells}; it went ${went}`;
  const workers = moves.filter(({ to }) => to === 'running').map(({ worker }) => worker ?? '?');
  const claimers = log.claimers.join(', ');
  if (workers.join(', ') !== claimers) return `told that ${workers.join(', ')} began; it was ${claimers}`;
  const { attempt } = told.at(-1) ?? {};
  const ended = record.status === 'succeeded' && attempt !== record.attempts;
  return ended ? `told that attempt ${attempt} of ${record.attempts} succeeded` : undefined;
}

/** What an entry should say beside its states. */
function missingIn({ from, to, dispatch, attempt, error }: HistoryEntry, before?: HistoryEntry): string[] {
  const failed = to === 'dead' || (from === 'running' && to === 'retrying');
  return [
    ...(failed && !error?.['name'] ? [`${from} → ${to} of no error`] : []),
    ...(to === 'running' && attempt === undefined ? ['an attempt without its number'] : []),
    ...(dispatch < (before?.dispatch ?? 0) ? [`dispatch ${dispatch} after ${before?.dispatch}`] : []),
  ];
}

function arrows(told: readonly HistoryEntry[]): string[] {
  return told.map(({ from, to }) => `${from} → ${to}`);
}

/** The table without a process, a fault or an engine between: what a person would see in the end. */
function clientOf(store: JobStore): DynamoDBClient {
  const client = new DynamoDBClient({
    ...{ region: 'us-east-1', endpoint: 'http://aws.invalid' },
    credentials: { accessKeyId: 'simulation', secretAccessKey: 'simulation' },
  });
  const partitions = Map.groupBy(store.keys().sort(), (key) => key.slice(0, key.lastIndexOf('|')));
  const itemAt = (key: string) => store.get(key)?.item;
  const send = async ({ input }: { readonly input: GetItemCommandInput | QueryCommandInput }) => {
    if ('Key' in input) return { Item: itemAt(keyText(input.Key as Item)) };
    const { ':pk': pk, ':prefix': prefix } = (input as QueryCommandInput).ExpressionAttributeValues ?? {};
    const keys = partitions.get(pk?.S ?? '') ?? [];
    return { Items: keys.filter((key) => key.startsWith(`${pk?.S}|${prefix?.S ?? ''}`)).map(itemAt) };
  };
  return Object.assign(client, { send });
}
