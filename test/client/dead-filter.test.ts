import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeadFilter } from '../../lib/client/index.ts';
import { InvalidOptionError } from '../../lib/contract/index.ts';
import { putDeadJob } from './dead-job.ts';
import { Deployment, Engines } from './fixture.ts';

const HOUR = 3_600_000;

describe('list with a filter', () => {
  let engines: Engines;
  let at: Deployment;
  const noon = Date.UTC(2027, 0, 1, 12);
  const names = new Map<string, string>();

  beforeAll(async () => {
    engines = await Engines.start();
    at = await Deployment.create(engines);
    const error = { name: 'TypeError', message: 'no', fingerprint: 'abc' };
    const jobs = {
      receipt: { deadAt: noon },
      rows: { deadAt: noon + HOUR, type: 'rows.import' },
      acme: { deadAt: noon + 2 * HOUR, tenant: 'acme' },
      other: { deadAt: noon + 3 * HOUR, error: { ...error, fingerprint: 'def' } },
    };
    for (const [name, changes] of Object.entries(jobs)) {
      const { id } = await putDeadJob(at, { error, ...changes });
      names.set(id, name);
    }
  });
  afterAll(() => engines[Symbol.asyncDispose]());

  const found = async (filter: DeadFilter) =>
    (await at.client.list(filter)).jobs.map(({ id }) => names.get(id));
  const hours = (after: number) => new Date(noon + after * HOUR);

  it.each<[DeadFilter, string[]]>([
    [{}, ['other', 'acme', 'rows', 'receipt']],
    [{ type: 'rows.import' }, ['rows']],
    [{ tenant: 'acme' }, ['acme']],
    [{ fingerprint: 'def' }, ['other']],
    [{ fingerprint: 'abc', type: 'receipt.send' }, ['acme', 'receipt']],
    [{ since: hours(1), until: hours(2) }, ['acme', 'rows']],
    [{ since: hours(4) }, []],
    [{ until: hours(0) }, ['receipt']],
  ])('finds by %j what fits, the newest first', async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it('pages through what fits', async () => {
    const filter = { fingerprint: 'abc', limit: 1 };
    const pages: (string | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const page = await at.client.list({ ...filter, cursor });
      pages.push(...page.jobs.map(({ id }) => names.get(id)));
      cursor = page.cursor;
    } while (cursor);
    expect(pages).toEqual(['acme', 'rows', 'receipt']);
  });

  it.each<[string, DeadFilter]>([
    ['a time that is none', { since: new Date('yesterday') }],
    ['a text for a time', { until: '2027-01-01' as unknown as Date }],
    ['an end before the beginning', { since: hours(2), until: hours(1) }],
  ])('refuses %s', async (_what, filter) => {
    await expect(at.client.list(filter)).rejects.toBeInstanceOf(InvalidOptionError);
  });
});
