import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JobsStack } from '../../../bin/jobs-stack.ts';
import { catalog } from '../../../lambdas/jobs/catalog.ts';
import { MillraceClient } from '../../../lib/client/index.ts';
import { FUNCTION_ENVIRONMENT, readEnvironment } from '../../../lib/contract/index.ts';
import { type LocalCloud, startLocal } from '../../../lib/local/index.ts';
import { Receiver, status } from '../../jobs/webhook/receiver.ts';
import { clientsOf } from './fixture-cloud.ts';
import { denied, granted, needed, unused } from './iam-evaluation.ts';

describe('the application’s own stack', () => {
  let directory: string;
  let cloud: LocalCloud;
  let client: MillraceClient<typeof catalog>;
  let s3: S3Client;
  let bucket: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-jobs-stack-'));
    const app = new App({ outdir: directory, analyticsReporting: false });
    new JobsStack(app, 'MillraceJobs', { webhookAllowPrivate: true });
    cloud = await startLocal({ app: app.synth().directory, recordCalls: true });
    const clients = clientsOf(cloud.env);
    s3 = clients.s3;
    client = MillraceClient.fromEnvironment({ catalog, env: cloud.env, ...clients });
    bucket = cloud.resources.get('MillraceJobs/Reports').physicalName;
  }, 120_000);

  afterAll(async () => {
    s3?.destroy();
    await cloud?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

  it('tells operators all that they are configured from, by its outputs', () => {
    const told = readEnvironment(cloud.env, FUNCTION_ENVIRONMENT.operator);
    expect(told).toMatchObject({ retention: 30 * 86_400, deadRetention: 90 * 86_400 });
  });

  it('delivers a webhook, at the second try where the first is refused', async () => {
    await using receiver = await Receiver.start();
    receiver.answers(status(503));
    const payload = { url: `${receiver.url}/acme`, event: { type: 'order.paid', data: { order: 7 } } };
    const job = await client.enqueue('webhook.deliver', payload, { tenant: 'acme' });
    expect(await client.wait(job)).toMatchObject({
      status: 'succeeded',
      attempts: 2,
      result: { status: 204 },
    });
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([job.id, job.id]);
  });

  it('builds a report from a CSV object', async () => {
    await put('input/orders.csv', 'order,country\n1,DE\n2,FR\n3,DE\n');
    const source = { bucket, key: 'input/orders.csv' };
    const payload = { source, format: 'html', title: 'Orders', groupBy: 'country' } as const;
    const job = await client.enqueue('report.build', payload);
    expect(await client.wait(job)).toMatchObject({ status: 'succeeded', result: { rows: 3 } });
  });

  it('exports what is kept about a user, and fails where that cannot be read', async () => {
    await put('users/ada/profile.json', '{"name":"Ada"}');
    await put('users/ada/_complete', '{}');
    // Large enough that the archive is begun in parts before the broken object comes.
    await put('users/bob/a.json', JSON.stringify('x'.repeat(10_000_000)));
    await put('users/bob/b.json', 'not JSON');
    await put('users/bob/_complete', '{}');
    const [ada, bob] = await Promise.all(
      ['ada', 'bob'].map((userId) => client.enqueue('user-data.export', { userId })),
    );
    expect(await client.wait(ada?.id ?? '')).toMatchObject({ status: 'succeeded', result: { objects: 1 } });
    expect(await client.wait(bob?.id ?? '')).toMatchObject({ status: 'dead', error: { name: 'Fail' } });
  });

  it('lets its worker do that, and nothing with objects beyond it', async () => {
    const { logicalId } = cloud.resources.get('MillraceJobs/Millrace/Pool-default/Worker');
    const used = needed(cloud.requests()).filter((permission) => permission.function === logicalId);
    expect(used.filter(({ action }) => action.startsWith('s3:')).length).toBeGreaterThan(3);
    expect(await denied(cloud, used)).toEqual([]);
    const grants = granted(cloud, logicalId).filter(({ action }) => action.startsWith('s3:'));
    expect(unused(grants, used)).toEqual([]);
  });
}, 60_000);
