import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { catalog } from '../lambdas/jobs/catalog.ts';
import type { EnqueueEntry } from '../lib/client/index.ts';
import { PRIORITIES } from '../lib/contract/index.ts';

type Entry = EnqueueEntry<typeof catalog>;

/** How a job has to end, and for webhooks whether the receiver has to have accepted it. */
export interface Expected {
  readonly entry: Entry;
  readonly ends: 'succeeded' | 'dead';
}

export interface Work {
  readonly jobs: readonly Expected[];
  /** Enqueued again with the key and the payload of a job above: they must not become jobs of their own. */
  readonly duplicates: readonly Entry[];
}

const TENANTS = ['acme', 'globex'] as const;
const COUNTS = {
  webhooks: 260,
  goneWebhooks: 3,
  reports: 60,
  brokenReports: 2,
  exports: 30,
  duplicates: 40,
} as const;

/** A morning of a small SaaS product: webhooks, reports and exports of two tenants, over all four priorities. */
export function planWork({ receiver, bucket }: { receiver: string; bucket: string }): Work {
  const jobs: Expected[] = [];
  const add = (entry: Entry, ends: Expected['ends'] = 'succeeded') => jobs.push({ entry, ends });
  for (let n = 0; n < COUNTS.webhooks; n++) add(webhook(n, `${receiver}/hooks`));
  for (let n = 0; n < COUNTS.goneWebhooks; n++) add(webhook(n, `${receiver}/gone`), 'dead');
  for (let n = 0; n < COUNTS.reports; n++) add(report(n, { bucket, key: 'input/orders.csv' }));
  for (let n = 0; n < COUNTS.brokenReports; n++) add(report(n, { bucket, key: 'input/broken.csv' }), 'dead');
  for (let n = 0; n < COUNTS.exports; n++) {
    const options = { tenant: tenant(n), idempotencyKey: `export-${n}` };
    add({ job: 'user-data.export', payload: { userId: `user-${n % 3}` }, options });
  }
  return { jobs, duplicates: jobs.slice(0, COUNTS.duplicates).map(({ entry }) => entry) };
}

/** Half of them ask for another priority than the type's, so that all four queues carry some. */
function webhook(n: number, endpoint: string): Entry {
  const priority = n % 2 === 0 ? PRIORITIES[(n / 2) % PRIORITIES.length] : undefined;
  const url = `${endpoint}/${tenant(n)}`;
  const payload = { url, event: { type: 'order.paid', data: { order: n, amount: (n * 37) % 500 } } };
  return {
    job: 'webhook.deliver',
    payload,
    options: { tenant: tenant(n), priority, idempotencyKey: `${endpoint}#${n}` },
  };
}

function report(n: number, source: { bucket: string; key: string }): Entry {
  const format = n % 2 === 0 ? ('html' as const) : ('json' as const);
  const payload = { source, format, title: `Orders, part ${n}`, groupBy: 'country' };
  return { job: 'report.build', payload, options: { tenant: tenant(n) } };
}

/** One tenant has four times the jobs of the other. */
function tenant(n: number): string {
  return n % 5 === 0 ? TENANTS[1] : TENANTS[0];
}

/** Puts what the jobs read into the bucket. */
export async function putInputs({ bucket }: { bucket: string }): Promise<void> {
  const s3 = new S3Client({});
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  const countries = ['DE', 'FR', 'PL', 'PT'];
  const rows = Array.from({ length: 400 }, (_, n) => `${n},${countries[n % 4]},${((n * 17) % 900) / 10}`);
  await put('input/orders.csv', ['order,country,amount', ...rows, ''].join('\n'));
  await put('input/broken.csv', 'order,country,amount\n1,DE,10\n2,"never closed,FR,20\n');
  for (const user of [0, 1, 2]) {
    await put(`users/user-${user}/profile.json`, JSON.stringify({ id: user, name: `User ${user}` }));
    await put(`users/user-${user}/orders.json`, JSON.stringify([{ order: user, amount: 10 }]));
    await put(`users/user-${user}/_complete`, '{}');
  }
  s3.destroy();
}
