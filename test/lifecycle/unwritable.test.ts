import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATE } from '../../lib/state/index.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { streamRecords } from '../worker/history.ts';
import { Lab } from '../worker/lab.ts';
import { System } from './system.ts';

// A producer of another Node could write the payload, and this one cannot.

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const MINUTE = 60_000;
const DEEP = 100_000;
const deep = `{"n":1,"deep":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`;

/** Three jobs in the outbox, the first with a payload that nests too deep. */
async function given({ runAt }: { readonly runAt?: number } = {}) {
  const system = await System.of(lab);
  const { stand } = system;
  const ids: string[] = [];
  for (let n = 1; n <= 3; n++) ids.push((await stand.client.enqueue('work', { n })).id);
  const before = (await streamRecords(lab, stand.tableName)).length;
  const [bad = '', ...good] = ids;
  await stand.amend(bad, {
    payload: deep,
    out: 0,
    ...(runAt !== undefined && { runAt, status: 'scheduled' }),
  });
  for (const id of good) await stand.amend(id, { out: 0 });
  const written = (await streamRecords(lab, stand.tableName)).slice(before);
  return { system, stand, bad, follow: () => system.follow(written), read: () => stand.record(bad) };
}

/** As if the change before had not asked for the dispatch. */
function asked(record: DynamoDBRecord): DynamoDBRecord {
  const { OldImage: _, ...dynamodb } = record.dynamodb ?? {};
  return { ...record, dynamodb };
}

describe('a job whose message cannot be written', () => {
  it.each([
    ['due now', {}],
    ['due in an hour', { runAt: Date.UTC(2030, 0) }],
  ])('is dead after five minutes of tries, and holds up nothing behind it: %s', async (_, change) => {
    const { system, stand, bad, follow, read } = await given(change);
    for (const pause of [1, 5 * MINUTE - 1]) {
      expect(await follow()).toHaveLength(1);
      lab.clock.advance(pause);
    }
    expect(await read()).toMatchObject({ out: 0 });
    expect(await follow()).toEqual([]);
    expect(system.sent).toBe(2);
    expect(await read()).toMatchObject({
      ...{ status: 'dead', attempts: 0 },
      error: { name: 'MessageUnwritableError', message: expect.stringContaining('call stack') },
    });
    expect(await stand.client.history(bad)).toContainEqual(
      expect.objectContaining({ by: 'lifecycle', to: 'dead', why: 'its message cannot be written' }),
    );
    expect(system.lines).toContainEqual(
      expect.objectContaining({
        message: 'job settled',
        outcome: 'dead',
        error_name: 'MessageUnwritableError',
      }),
    );
  });

  it('runs once it was redriven with a patch that mends it', async () => {
    const { system, stand, bad, follow, read } = await given();
    await follow();
    lab.clock.advance(5 * MINUTE);
    await follow();
    await system.skipNew();
    expect(await stand.client.redrive([bad], { patch: { deep: null } })).toEqual([{ id: bad, ok: true }]);
    await system.followNew();
    await stand.drain();
    expect(await read()).toMatchObject({ status: 'succeeded' });
  });
});

it('one that a worker cannot send on comes to the outbox by its dead-letter queue, and is dead by that', async () => {
  const handlers = {
    work: () => {
      throw new Error('to be retried');
    },
  };
  const system = await System.of(lab, { handlers });
  const { stand } = system;
  const { id } = await stand.client.enqueue('work', { n: 1 });
  const [sent] = await stand.messages();
  await stand.amend(id, { payload: deep });
  const body = JSON.stringify(sent?.envelope).replace('"payload":{"n":1}', () => `"payload":${deep}`);
  await lab.wire.sqs.send(new SendMessageCommand({ QueueUrl: stand.queues.normal.url, MessageBody: body }));
  // The attempt is settled, and its message stays; then it finds the record one dispatch ahead.
  for (let receives = 0; receives < 2; receives++) {
    expect((await stand.invoke({ count: 1 })).failures).toHaveLength(1);
    expect(await stand.record(id)).toMatchObject({ status: 'retrying', dispatch: 1, attempts: 1 });
    await lab.pass(2 * MINUTE);
  }
  await system.send(body);
  await system.skipNew();
  expect((await system.record()).failures).toEqual([]);
  expect(await stand.record(id)).toMatchObject({ dispatch: 2, out: 2 });
  const change = (await streamRecords(lab, stand.tableName))
    .filter(({ dynamodb }) => dynamodb?.NewImage?.['sk']?.S === STATE)
    .slice(-1);
  expect(await system.follow(change)).toHaveLength(1);
  lab.clock.advance(5 * MINUTE);
  expect(await system.follow(change)).toEqual([]);
  expect(await stand.record(id)).toMatchObject({
    status: 'dead',
    attempts: 1,
    error: { name: 'MessageUnwritableError' },
  });
});

it.each<[string, Error]>([
  ['an answer that is no JSON', Object.assign(new SyntaxError('<html>'), { $metadata: {} })],
  ['an endpoint that is no URL', Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' })],
  ['credentials that are not there', Object.assign(new Error('no'), { name: 'CredentialsProviderError' })],
])('what AWS, the network or the configuration is to blame for kills nobody: %s', async (_, error) => {
  const { system, stand, bad, read } = await given();
  await stand.amend(bad, { payload: '{"n":1}' });
  using _down = meddle(system.wire.sqs, 'SendMessageCommand', () => Promise.reject(error));
  const change = (await streamRecords(lab, stand.tableName)).slice(-1).map(asked);
  for (let tries = 0; tries < 3; tries++) {
    expect(await system.follow(change)).toHaveLength(1);
    lab.clock.advance(300 * MINUTE);
  }
  expect(await read()).toMatchObject({ status: 'queued', out: 0 });
});
