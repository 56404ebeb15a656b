import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENV } from '../../lib/contract/index.ts';
import { createSweeper } from '../../lib/lifecycle/index.ts';
import { type Item, stateItem } from '../../lib/state/index.ts';
import { Lab } from '../worker/lab.ts';
import { recordedLog } from '../worker/recorded-log.ts';
import { System } from './system.ts';

// Records that a person or another program spoiled: nothing is decided by them, and nobody else waits for them.

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** A job whose record was spoiled behind its message, and one beside it that is whole. */
async function given(spoilt: Item) {
  const system = await System.of(lab);
  const { stand } = system;
  const [bad, good] = await Promise.all([
    stand.client.enqueue('work', { n: 1 }),
    stand.client.enqueue('work', { n: 2 }),
  ]);
  const found = await stand.messages();
  const spoil = async (change: Item = spoilt) => {
    const Item = { ...stateItem(whole), ...change };
    await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
  };
  const whole = await stand.record(bad.id);
  await spoil();
  return {
    system,
    stand,
    bad: bad.id,
    good: good.id,
    spoil,
    bodies: found.map(({ message }) => message.Body ?? ''),
  };
}

const SPOILT: Item = { status: { S: 'sleeping' } };

describe('a spoilt record', () => {
  it('has its dead letter quarantined, body and all, and its neighbour brought back', async () => {
    const { system, stand, bad, good, bodies } = await given(SPOILT);
    for (const body of bodies) await system.send(body);
    expect((await system.record()).failures).toEqual([]);
    const { messages } = await stand.client.listQuarantined();
    expect(messages.map(({ body }) => body)).toEqual(bodies.filter((body) => body.includes(bad)));
    expect(messages[0]?.reason).toContain('status is {"S":"sleeping"}');
    expect(await stand.record(good)).toMatchObject({ out: 1 });
  });

  it('holds up nothing behind it in the stream, and is sent once it is mended', async () => {
    const { system, stand, good, spoil } = await given({ ...SPOILT, out: { N: '0' } });
    await stand.amend(good, { out: 0 });
    expect(await system.followNew()).toEqual([]);
    expect(system.sent).toBe(1);
    expect(system.lines).toContainEqual(
      expect.objectContaining({ level: 'error', error_message: expect.stringContaining('sleeping') }),
    );
    await spoil({ out: { N: '0' } });
    expect(await system.followNew()).toEqual([]);
    expect(system.sent).toBe(2);
  });

  it('whose payload is not JSON holds up nothing either', async () => {
    const { system, good, stand } = await given({ payload: { S: '{"n":' }, out: { N: '0' } });
    await stand.amend(good, { out: 0 });
    expect(await system.followNew()).toEqual([]);
    expect(system.sent).toBe(1);
  });

  it('keeps no other job from being swept, and is named', async () => {
    const { stand, good, bad, spoil } = await given(SPOILT);
    await stand.amend(good, { runAt: 0, enqueuedAt: 0 });
    const { logger, lines } = recordedLog();
    const wire = lab.open();
    const sweeper = createSweeper({
      env: { ...stand.environment, [ENV.messageRetention]: '60' },
      ...{ dynamodb: wire.dynamodb, logger, clock: lab.clock, chance: stand.chance },
    });
    const sweep = () => sweeper({ now: true }, { getRemainingTimeInMillis: () => 900_000 });
    expect(await sweep()).toMatchObject({ mended: 1, failed: 1, finished: true });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', job: `job#${bad}` }));
    await spoil({ gen: { N: '7' } });
    expect(await sweep()).toMatchObject({ mended: 0, failed: 1, finished: true });
  });
});

describe("a sweeper's place that was spoilt", () => {
  it.each(['nothing', '{"from":{"pk":"a"}}', '{"finished":9e15}', '{"finished":"yesterday"}'])(
    'begins a new round: %s',
    async (control) => {
      const { stand } = await System.of(lab);
      const Item = { pk: { S: 'control#sweeper' }, sk: { S: 'control' }, control: { S: control } };
      await lab.wire.dynamodb.send(new PutItemCommand({ TableName: stand.tableName, Item }));
      await stand.client.enqueue('work', { n: 1 });
      const { logger } = recordedLog();
      const sweeper = createSweeper({
        env: { ...stand.environment, [ENV.messageRetention]: '60' },
        ...{ dynamodb: lab.open().dynamodb, logger, clock: lab.clock, chance: stand.chance },
      });
      const report = await sweeper(undefined, { getRemainingTimeInMillis: () => 900_000 });
      expect(report).toMatchObject({ scanned: 2, finished: true });
    },
  );
});
