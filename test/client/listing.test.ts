import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobView } from '../../lib/client/index.ts';
import { InvalidOptionError } from '../../lib/contract/index.ts';
import { quarantineItems } from '../../lib/state/index.ts';
import { putDeadJob } from './dead-job.ts';
import { Deployment, Engines } from './fixture.ts';

const JOBS = 40;

describe('listing', () => {
  let engines: Engines;
  let at: Deployment;
  /** Ids, the newest death first. */
  const ids: string[] = [];
  const kinds: { type: string; tenant: string | undefined }[] = [];

  beforeAll(async () => {
    engines = await Engines.start();
    at = await Deployment.create(engines);
    await at.client.enqueue('receipt.send', { orderId: 'alive' });
    const now = Date.now();
    for (let i = 0; i < JOBS; i += 1) {
      const kind = {
        type: i % 4 === 0 ? 'rows.import' : 'receipt.send',
        tenant: i % 5 === 0 ? 'acme' : undefined,
      };
      const { id } = await putDeadJob(at, { ...kind, deadAt: now - i * 1_000 });
      ids.push(id);
      kinds.push(kind);
    }
    for (let i = 0; i < 12; i += 1) {
      const message = {
        messageId: `message-${i}`,
        source: 'arn:aws:sqs:eu-west-1:000000000000:dead',
        body: i === 0 ? 'x'.repeat(200_000) : `{"not":"ours ${i}"}`,
        reason: 'The message is not a Millrace envelope',
        sentAt: now - 5_000,
        quarantinedAt: now - i * 1_000,
      };
      for (const item of quarantineItems(message, 86_400_000)) await at.put(item);
    }
  });
  afterAll(() => engines[Symbol.asyncDispose]());

  async function everyPage(options: Parameters<typeof at.client.list>[0]): Promise<JobView[][]> {
    const pages: JobView[][] = [];
    let cursor: string | undefined;
    do {
      const page = await at.client.list({ ...options, ...(cursor !== undefined && { cursor }) });
      pages.push(page.jobs);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return pages;
  }

  const idsOf = (pages: JobView[][]) => pages.flat().map(({ id }) => id);

  it('gives the dead jobs, the newest first, and no other', async () => {
    const { jobs, cursor } = await at.client.list();
    expect(jobs.map(({ id }) => id)).toEqual(ids);
    expect(cursor).toBeUndefined();
    expect(jobs[0]).toMatchObject({ status: 'dead', attempts: 5, error: { message: 'no such order' } });
  });

  it.each([1, 7, 39, 40, 1_000])('gives each job once and in order, %d a page', async (limit) => {
    const pages = await everyPage({ limit });
    expect(idsOf(pages)).toEqual(ids);
    expect(pages.every((page) => page.length <= limit)).toBe(true);
    expect(pages.slice(0, -1).every((page) => page.length === limit || page.length === 0)).toBe(true);
  });

  it.each([
    { type: 'rows.import' },
    { tenant: 'acme' },
    { type: 'receipt.send', tenant: 'acme' },
    { type: 'no.such' },
  ])('keeps to %o on every page', async (filter) => {
    const expected = ids.filter((_, i) => {
      const { type, tenant } = kinds[i] ?? {};
      return (!filter.type || type === filter.type) && (!filter.tenant || tenant === filter.tenant);
    });
    expect(idsOf(await everyPage({ ...filter, limit: 3 }))).toEqual(expected);
    expect(idsOf(await everyPage(filter))).toEqual(expected);
  });

  it('loses and repeats nothing when jobs die or are redriven between two pages', async () => {
    const first = await at.client.list({ limit: 10 });
    const late = await Promise.all(
      Array.from({ length: 10 }, () => putDeadJob(at, { deadAt: Date.now() + 60_000 })),
    );
    const rest = await at.client.list({ cursor: first.cursor });
    const lateIds = new Set(late.map(({ id }) => id));
    // Jobs that died since may show or not; those of the first page never again.
    const older = [...first.jobs, ...rest.jobs].filter(({ id }) => !lateIds.has(id));
    expect(older.map(({ id }) => id)).toEqual(ids);
    await at.client.redrive([...lateIds]);
    expect((await at.client.list()).jobs).toHaveLength(JOBS);
  });

  it.each([0, -1, 1.5, 1_001, Number.NaN])('refuses a limit of %d', async (limit) => {
    await expect(at.client.list({ limit })).rejects.toBeInstanceOf(InvalidOptionError);
    await expect(at.client.listQuarantined({ limit })).rejects.toBeInstanceOf(InvalidOptionError);
  });

  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    'not a cursor',
    '',
    encoded(null),
    encoded(7),
    encoded({ 'dead#0': 7 }),
    encoded({ 'dead#0': { pk: 'x' } }),
    encoded({ 'quarantined#0': null }),
  ])('refuses %o as a cursor', async (cursor) => {
    await expect(at.client.list({ cursor })).rejects.toBeInstanceOf(InvalidOptionError);
  });

  it('gives the messages that no worker could read, the newest first, page by page', async () => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await at.client.listQuarantined({ limit: 5, ...(cursor !== undefined && { cursor }) });
      found.push(...page.messages.map(({ messageId }) => messageId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual(Array.from({ length: 12 }, (_, i) => `message-${i}`));

    const { messages } = await at.client.listQuarantined();
    expect(messages[1]).toMatchObject({
      body: '{"not":"ours 1"}',
      reason: 'The message is not a Millrace envelope',
      source: 'arn:aws:sqs:eu-west-1:000000000000:dead',
    });
  });
});
