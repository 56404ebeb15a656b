import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEnded, Retry, readEnvelope, Snooze, writeEnvelope } from '../../lib/contract/index.ts';
import { failAfter, failBefore } from '../faults/sdk-faults.ts';
import { CrashPlan, type CrashPoint } from './crash-plan.ts';
import { Lab } from './lab.ts';
import { Outbox } from './outbox.ts';
import { catalog, type WorkHandler } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const HOUR = 3_600_000;

type Kind = 'enqueue' | 'retry' | 'snooze' | 'large retry';
/** What a far dispatch of each kind ends as. */
const ENDS = {
  enqueue: { status: 'succeeded', attempts: 1, dispatch: 0 },
  retry: { status: 'succeeded', attempts: 2, dispatch: 1 },
  'large retry': { status: 'succeeded', attempts: 2, dispatch: 1 },
  snooze: { status: 'succeeded', attempts: 1, dispatch: 1 },
} as const satisfies Record<Kind, object>;

async function given(kind: Kind, crash?: CrashPlan) {
  const ran: number[] = [];
  const work: WorkHandler = async ({ n }, { id, attempt }) => {
    ran.push(lab.clock.now());
    const { dispatch } = await stand.record(id);
    if (kind.endsWith('retry') && attempt === 1) throw new Retry({ after: '1h' });
    if (kind === 'snooze' && dispatch === 0) throw new Snooze({ for: '1h' });
    return { n };
  };
  const stand = await lab.stand({ catalog, handlers: { work }, crash });
  const outbox = new Outbox(stand, crash);
  const payload = { n: 1, ...(kind === 'large retry' && { text: 'ä'.repeat(150_000) }) };
  const { id } = await stand.client.enqueue('work', payload, kind === 'enqueue' ? { delay: '1h' } : {});
  return { stand, outbox, id, ran, record: () => stand.record(id) };
}

/** Has everything work until the job has ended; time passes a quarter of an hour at a turn. */
async function toTheEnd({ stand, outbox, record }: Awaited<ReturnType<typeof given>>): Promise<void> {
  for (let turns = 0; turns < 40; turns += 1) {
    await stand.drain();
    await outbox.follow();
    if (isEnded((await record()).status) && (await stand.standing()).length === 0) return;
    await lab.pass(900_000);
  }
  throw new Error('the job does not end');
}

describe.each<Kind>(['retry', 'snooze', 'large retry'])('a %s far away', (kind) => {
  it('goes to the outbox in the write that records it, and its message is acknowledged', async () => {
    const { stand, outbox, record, ran } = await given(kind);
    expect((await stand.invoke()).failures).toEqual([]);
    const after = await record();
    expect(after).toMatchObject({ dispatch: 1, out: 1, unsettled: 0, runAt: lab.clock.now() + HOUR });
    expect(after).not.toHaveProperty('token');
    expect(after).not.toHaveProperty('holder');
    expect(stand.wire.names).not.toContain('SendMessage');
    await outbox.follow();
    expect(await stand.standing()).toHaveLength(1);
    await lab.pass(HOUR + 1_000);
    await stand.invoke();
    expect(await record()).toMatchObject(ENDS[kind]);
    expect(ran).toHaveLength(2);
  });

  it('knows its own write when the answer is lost', async () => {
    const { stand, outbox, record } = await given(kind);
    const command = kind === 'snooze' ? 'TransactWriteItemsCommand' : 'UpdateItemCommand';
    {
      using _lost = failAfter(stand.wire.dynamodb, command, kind === 'snooze' ? 1 : 2);
      expect((await stand.invoke()).failures).toEqual([]);
    }
    expect(stand.lines).toContainEqual(
      expect.objectContaining({
        message: 'job settled',
        outcome: kind === 'snooze' ? 'scheduled' : 'retrying',
      }),
    );
    expect(stand.lines).not.toContainEqual(expect.objectContaining({ outcome: 'fenced' }));
    await toTheEnd({ stand, outbox, record } as Awaited<ReturnType<typeof given>>);
    expect(await record()).toMatchObject(ENDS[kind]);
  });
});

describe('a process that dies on the way of a far dispatch', () => {
  const everyPoint = (calls: number): CrashPoint[] =>
    Array.from({ length: calls }, (_, i) => i + 1).flatMap((call): CrashPoint[] => [
      { call, when: 'before' },
      { call, when: 'after' },
    ]);

  it.each<Kind>(['enqueue', 'retry', 'snooze', 'large retry'])('loses nothing of a far %s', async (kind) => {
    const run = async (points: readonly CrashPoint[]): Promise<number> => {
      const crash = new CrashPlan(points);
      const job = await given(kind, crash);
      await toTheEnd(job);
      expect(await job.record(), JSON.stringify(points)).toMatchObject(ENDS[kind]);
      expect(job.ran.length).toBeLessThanOrEqual(
        ENDS[kind].attempts + (kind === 'snooze' ? 1 : 0) + points.length,
      );
      return crash.calls;
    };
    const calls = await run([]);
    for (const point of everyPoint(calls)) await run([point]);
  });
});

describe('a message whose payload stands in the table', () => {
  it('is released, not executed, while the table cannot be read', async () => {
    const { stand, record, ran } = await referred();
    {
      using _refused = failBefore(stand.wire.dynamodb, 'GetItemCommand');
      expect((await stand.invoke()).failures).toHaveLength(1);
    }
    expect(ran).toEqual([]);
    expect(await record()).toMatchObject({ status: 'queued', attempts: 0, unsettled: 0 });
    await stand.drain();
    expect(await record()).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('whose item is gone is dead, and says why', async () => {
    const { stand, record, ran } = await referred({ stored: false });
    await stand.drain();
    expect(ran).toEqual([]);
    expect(await record()).toMatchObject({ status: 'dead', error: { name: 'PayloadGoneError' } });
  });

  it('is retried near by a message of the same kind', async () => {
    let tries = 0;
    const { stand } = await referred({
      work: () => {
        tries += 1;
        if (tries === 1) throw new Retry({ after: '5s' });
      },
    });
    await stand.invoke();
    lab.clock.advance(5_000);
    const [next] = await stand.messages();
    expect(next?.envelope).toMatchObject({ v: 2, dispatch: 1 });
    expect(next?.envelope).not.toHaveProperty('payload');
  });

  /** A job whose message refers to its payload. */
  async function referred({ stored = true, work }: { stored?: boolean; work?: WorkHandler } = {}) {
    const ran: unknown[] = [];
    const stand = await lab.stand({
      catalog,
      handlers: { work: work ?? ((payload) => void ran.push(payload)) },
    });
    const { id } = await stand.client.enqueue('work', { n: 1, text: 'x'.repeat(2_000) });
    const [sent] = await stand.messages();
    const { payload: _, ...envelope } = readEnvelope(sent?.message.Body ?? '');
    if (!stored) {
      const [part] = await stand.parts(id);
      await stand.table.put({ ...part, payload: { N: '7' } });
    }
    await stand.send(writeEnvelope({ ...envelope, v: 2 }));
    return { stand, ran, record: () => stand.record(id) };
  }
});
