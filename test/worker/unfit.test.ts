import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Catalog, DEFAULTS, defineCatalog, defineJob } from '../../lib/contract/index.ts';
import { LOG_LINES } from '../../lib/observe/index.ts';
import { Lab } from './lab.ts';
import { catalog } from './work.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
});
afterAll(() => lab[Symbol.asyncDispose]());

const mail = { name: 'mail', timeout: '10s', retry: { maxAttempts: 3 } } as const;
const first = defineJob({ ...mail, schema: z.object({ to: z.string() }) });

describe('a job that this build does not know', () => {
  const older = defineCatalog([first]);
  const unknowns = [
    ['of an unknown type', defineCatalog([defineJob({ name: 'new', schema: z.object({ to: z.string() }) })])],
    [
      'of a newer version',
      defineCatalog([defineJob({ ...mail, version: 2, schema: z.object({ to: z.string() }) })]),
    ],
  ] as const;

  it.each(unknowns)('%s is dispatched again later, no attempt burnt', async (_, newer: Catalog) => {
    const stand = await lab.stand({ catalog: older, handlers: { mail: () => undefined } });
    const [name] = newer.jobs.map((job) => job.name);
    const { id } = await stand.clientOf(newer).enqueue(name ?? '', { to: 'ann' });
    const { failures } = await stand.invoke();
    expect(failures).toEqual([]);
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'queued', dispatch: 1, attempts: 0, unsettled: 0 });
    expect(record.runAt).toBe(lab.clock.now() + DEFAULTS.unknownTypeDelay);
    expect(stand.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', job_id: id, job_type: name }),
    );
  });

  it('waits half as long as it has been unknown, from half a minute to a quarter of an hour', async () => {
    const { stand, id } = await given();
    lab.clock.advance(3_600_000);
    const since = lab.clock.now();
    for (const [unknown, wait] of [
      [0, DEFAULTS.unknownTypeDelay],
      [100_001, 50_001],
      [7_200_000, DEFAULTS.unknownTypeCap],
    ] as const) {
      lab.clock.advance(since + unknown - lab.clock.now());
      await stand.invoke();
      expect((await stand.record(id)).runAt - lab.clock.now()).toBe(wait);
    }
    lab.clock.advance(DEFAULTS.unknownTypeCap);
    expect(await stand.messages()).toMatchObject([{ envelope: { id, dispatch: 3 } }]);
  });

  const newer = defineCatalog([defineJob({ name: 'new', schema: z.object({ to: z.string() }) })]);
  const given = async () => {
    const stand = await lab.stand({ catalog: older, handlers: { mail: () => undefined } });
    const { id } = await stand.clientOf(newer).enqueue('new', { to: 'ann' });
    const wait = async () => {
      lab.clock.advance(DEFAULTS.unknownTypeCap);
      await stand.invoke();
    };
    return { stand, id, wait };
  };

  it('says so in its history once, and as an error from a quarter of an hour on', async () => {
    const { stand, id, wait } = await given();
    const since = lab.clock.now();
    await stand.invoke();
    for (let n = 0; n < 3; n += 1) await wait();
    expect(await stand.record(id)).toMatchObject({ status: 'queued', dispatch: 4, unknownSince: since });
    expect(await stand.parts(id)).toHaveLength(1);
    const lines = stand.lines.filter(({ message }) => message === LOG_LINES.unknown);
    expect(lines.map(({ level, unknown_ms: ms }) => [level, ms])).toEqual([
      ['warn', 0],
      ...[1, 2, 3].map((n) => ['error', n * DEFAULTS.unknownTypeCap]),
    ]);
  });

  it('is dead after two weeks, and says what to do', async () => {
    const { stand, id, wait } = await given();
    await stand.invoke();
    const since = lab.clock.now() - DEFAULTS.unknownTypeLimit;
    await stand.amend(id, { unknownSince: since });
    await wait();
    const record = await stand.record(id);
    expect(record).toMatchObject({ status: 'dead', attempts: 0, error: { name: 'UnknownJobError' } });
    expect(record.error?.message).toContain("version 1 of the job type 'new' for 14 days");
    expect(record.error?.message).toContain("a catalog with 'mail'");
    expect(record.error?.message).toContain('redrive the job.');
    const settled = {
      level: 'error',
      message: 'job settled',
      outcome: 'dead',
      error_name: 'UnknownJobError',
    };
    expect(stand.lines).toContainEqual(expect.objectContaining({ ...settled, job_id: id }));
    await stand.clientOf(newer).redrive([id], { by: 'someone' });
    expect(await stand.record(id)).not.toHaveProperty('unknownSince');
  });

  it('waits anew where a build knew it in between', async () => {
    const { stand, id, wait } = await given();
    await stand.invoke();
    const now = lab.clock.now();
    await stand.amend(id, { unknownSince: now - DEFAULTS.unknownTypeLimit, startedAt: now });
    await wait();
    expect(await stand.record(id)).toMatchObject({ status: 'queued', unknownSince: lab.clock.now() });
  });
});

describe('a job whose timeout no invocation of its function has room for', () => {
  const remaining = 12_000;
  const given = async () => {
    const stand = await lab.stand({ catalog, handlers: { work: () => undefined } });
    const { id } = await stand.client.enqueue('work', { n: 1 });
    return { stand, id };
  };

  it('is dispatched again later, with no receive and no attempt burnt, until a function has', async () => {
    const { stand, id } = await given();
    const { failures } = await stand.invoke({ remaining });
    expect(failures).toEqual([]);
    expect(await stand.record(id)).toMatchObject({
      ...{ status: 'queued', dispatch: 1, attempts: 0, unknownSince: lab.clock.now() },
      runAt: lab.clock.now() + DEFAULTS.unknownTypeDelay,
    });
    expect(stand.lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'warn', message: LOG_LINES.unknown, job_id: id, unknown_ms: 0 },
        ...{ timeout_ms: 10_000, invocation_ms: remaining },
        why: "an invocation's 12000 ms have no room for the 10000 ms of 'work'",
      }),
    );
    lab.clock.advance(DEFAULTS.unknownTypeDelay);
    await stand.invoke();
    expect(await stand.record(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('is dead after two weeks, and says what to do', async () => {
    const { stand, id } = await given();
    await stand.amend(id, { unknownSince: lab.clock.now() - DEFAULTS.unknownTypeLimit });
    await stand.invoke({ remaining });
    const { error, ...record } = await stand.record(id);
    expect(record).toMatchObject({ status: 'dead', attempts: 0 });
    expect(error?.name).toBe('FunctionTooShortError');
    expect(error?.message).toContain("No function of the pool 'default' had time for the job type 'work'");
    expect(error?.message).toContain('set pools.default.timeout');
  });
});
