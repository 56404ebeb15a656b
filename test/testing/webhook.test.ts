import { expect, it } from 'vitest';
import * as z from 'zod';
import { defineCatalog, defineJob, Fail, Retry } from '../../lib/contract/index.ts';
import { createTestMillrace } from '../../lib/testing/index.ts';
import type { Handler } from '../../lib/worker/index.ts';

const deliver = defineJob({
  name: 'webhook.deliver',
  schema: z.object({ url: z.url(), event: z.record(z.string(), z.json()) }),
  result: z.object({ status: z.number() }),
});

/** A handler whose way to the network is given, so that a test can give it another. */
function deliverBy(fetch: typeof globalThis.fetch): Handler<typeof deliver> {
  return async ({ url, event }, { id, signal }) => {
    const headers = { 'idempotency-key': id };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event), signal });
    const after = response.headers.get('retry-after');
    if (response.status === 429 || response.status === 503) throw new Retry({ after: Number(after) * 1000 });
    if (response.status === 410) throw new Fail('the receiver is gone');
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
    return { status: response.status };
  };
}

it('a webhook is delivered when the receiver is up again, at the time that it named, under one key', async () => {
  const calls: { at: string; key: string | null }[] = [];
  const answers = [
    new Response(null, { status: 503, headers: { 'retry-after': '120' } }),
    new Response('ok'),
  ];
  await using millrace = await createTestMillrace({
    catalog: defineCatalog([deliver]),
    handlers: {
      'webhook.deliver': deliverBy(async (_url, init) => {
        calls.push({
          at: millrace.now().toISOString(),
          key: new Headers(init?.headers).get('idempotency-key'),
        });
        return answers.shift() ?? Response.error();
      }),
    },
  });
  const job = await millrace.client.enqueue(deliver, {
    url: 'https://example.com/hook',
    event: { paid: true },
  });
  await millrace.drain({ untilEnded: true });
  expect(await millrace.client.get(job)).toMatchObject({
    status: 'succeeded',
    result: { status: 200 },
    attempts: 2,
  });
  expect(calls).toEqual([
    { at: '2027-01-01T00:00:00.000Z', key: job.id },
    { at: '2027-01-01T00:02:00.000Z', key: job.id },
  ]);
});
