/** An application that uses Millrace, small, in the words of its docs. Files by path. */
export const APPLICATION: Readonly<Record<string, string>> = {
  'catalog.ts': `
import { defineCatalog, defineJob } from 'millrace';
import * as z from 'zod';

export const sendReceipt = defineJob({
  name: 'receipt.send',
  schema: z.object({ orderId: z.string() }),
  result: z.object({ messageId: z.string() }),
  timeout: '30s',
});

export const catalog = defineCatalog([sendReceipt]);
`,
  'worker.ts': `
import { type Handler, createWorker } from 'millrace/worker';
import { catalog, type sendReceipt } from './catalog.js';

const send: Handler<typeof sendReceipt> = async ({ orderId }) => ({ messageId: \`receipt of \${orderId}\` });

export const handler = createWorker(catalog, { 'receipt.send': send });
`,
  'producer.ts': `
import { PayloadInvalidError } from 'millrace';
import { MillraceClient } from 'millrace/client';
import { catalog } from './catalog.js';

export async function produce(env: Record<string, string>): Promise<string> {
  const client = MillraceClient.fromEnvironment({ catalog, env });
  // @ts-expect-error: the payload's type comes from the schema
  await client.enqueue('receipt.send', { orderId: 1 }).catch((error: unknown) => {
    if (!(error instanceof PayloadInvalidError)) throw error;
  });
  // @ts-expect-error: the catalog has no such job
  await client.enqueue('receipt.burn', { orderId: 'o1' }).catch(() => undefined);
  const { id } = await client.enqueue('receipt.send', { orderId: 'o1' }, { tenant: 'acme' });
  const { status } = await client.wait(id, { timeout: '20s' });
  return status;
}
`,
  'app.ts': `
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Millrace } from 'millrace/cdk';
import { catalog } from './catalog.js';

export function synth(outdir: string): string {
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Shop');
  new Millrace(stack, 'Millrace', {
    catalog,
    pools: { default: { entry: 'worker.ts' } },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return app.synth().directory;
}
`,
  'testing.ts': `
import { createTestMillrace, runJob } from 'millrace/testing';
import { catalog, sendReceipt } from './catalog.js';

const send = async ({ orderId }: { orderId: string }) => ({ messageId: \`receipt of \${orderId}\` });

async function main(): Promise<void> {
  const { outcome } = await runJob(sendReceipt, send, { orderId: 'o1' });
  const millrace = await createTestMillrace({ catalog, handlers: { 'receipt.send': send } });
  const job = await millrace.client.enqueue('receipt.send', { orderId: 'o1' }, { delay: '2d' });
  await millrace.advance('2d');
  const view = await millrace.client.get(job);
  await millrace[Symbol.asyncDispose]();
  console.log(outcome.kind, view?.status, view?.result?.messageId);
}

void main();
`,
  'main.ts': `
import { startLocal } from 'millrace/local';
import { synth } from './app.js';
import { produce } from './producer.js';

async function main(): Promise<void> {
  const cloud = await startLocal({ app: synth('cdk.out') });
  try {
    Object.assign(process.env, cloud.env);
    console.log(await produce(cloud.env));
  } finally {
    await cloud[Symbol.asyncDispose]();
  }
}

void main();
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable'],
      types: ['node'],
      strict: true,
    },
    include: ['*.ts'],
  }),
};
