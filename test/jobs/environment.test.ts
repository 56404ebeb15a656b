import { describe, expect, it } from 'vitest';
import { bindHandlers } from '../../lambdas/jobs/bind-handlers.ts';
import { catalog } from '../../lambdas/jobs/catalog.ts';
import { readJobsEnvironment } from '../../lambdas/jobs/environment.ts';
import { EnvironmentError } from '../../lib/contract/index.ts';
import { thrownBy } from './job-context.ts';

const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const complete = { REPORTS_BUCKET: 'files', WEBHOOK_SECRET: secret };
const read = async (env: Record<string, string>) => readJobsEnvironment(env);

describe('the environment of the jobs', () => {
  it('refuses private addresses unless told otherwise', async () => {
    expect(await read(complete)).toMatchObject({ bucket: 'files', webhookAllowPrivate: false });
    expect(await read({ ...complete, WEBHOOK_ALLOW_PRIVATE: 'true' })).toMatchObject({
      webhookAllowPrivate: true,
    });
  });

  it('takes several secrets, with and without their prefix', async () => {
    const bare = Buffer.alloc(64, 2).toString('base64');
    const { webhookSecrets } = await read({ ...complete, WEBHOOK_SECRET: `${secret}  ${bare}` });
    expect(webhookSecrets).toEqual([secret, bare]);
  });

  it('names everything that is missing in one error', async () => {
    const error = await thrownBy(read({ WEBHOOK_ALLOW_PRIVATE: 'yes' }));
    expect(error).toBeInstanceOf(EnvironmentError);
    for (const name of ['REPORTS_BUCKET', 'WEBHOOK_SECRET', 'WEBHOOK_ALLOW_PRIVATE']) {
      expect(String(error)).toContain(name);
    }
  });

  it.each([
    ['too short', Buffer.alloc(23).toString('base64')],
    ['too long', Buffer.alloc(65).toString('base64')],
    ['not base64', 'whsec_this-is-not-the-base64-of-anything-at-all'],
  ])('refuses a secret that is %s, without showing it', async (_what, bad) => {
    const error = await thrownBy(read({ ...complete, WEBHOOK_SECRET: bad }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(JSON.stringify(error)).not.toContain(bad);
  });
});

describe('the handlers', () => {
  it('are one for each job type of the catalog', () => {
    expect(Object.keys(bindHandlers(complete)).sort()).toEqual(catalog.jobs.map((job) => job.name).sort());
  });

  it('are not made from an environment that is not complete', () => {
    expect(() => bindHandlers({})).toThrow(EnvironmentError);
  });
});
