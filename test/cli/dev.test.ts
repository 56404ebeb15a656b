import { readdir } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { MillraceClient } from '../../lib/client/index.ts';
import { defineCatalog, defineJob } from '../../lib/contract/index.ts';
import { createSqsClient } from '../../lib/dispatch/index.ts';
import { createDevApp, greeting } from './dev-app.ts';
import { alive, listening, MillraceProcess } from './millrace-process.ts';

const catalog = defineCatalog([
  defineJob({ name: 'greeting.send', schema: z.object({ name: z.string() }), timeout: '5s' }),
]);

/** A user's own program, configured by nothing but the variables that were printed. */
async function greet(env: Record<string, string>, name: string): Promise<{ id: string; result: unknown }> {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION: region } = env;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const dynamodb = new DynamoDBClient({ region, credentials, endpoint: env['AWS_ENDPOINT_URL_DYNAMODB'] });
  const sqs = createSqsClient({ region, credentials, endpoint: env['AWS_ENDPOINT_URL_SQS'] });
  const client = MillraceClient.fromEnvironment({ catalog, env, dynamodb, sqs });
  const job = await client.enqueue('greeting.send', { name }, { tenant: 'acme' });
  const { result } = await client.wait(job, { timeout: '30s' });
  dynamodb.destroy();
  sqs.destroy();
  return { id: job.id, result };
}

function endpointsOf(env: Record<string, string>): string[] {
  return [env['AWS_ENDPOINT_URL_SQS'] ?? '', env['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''];
}

async function left(processes: readonly number[], endpoints: readonly string[]) {
  const open = await Promise.all(endpoints.map(async (each) => ((await listening(each)) ? each : [])));
  return [...processes.filter(alive), ...open.flat()];
}

describe('millrace dev', () => {
  it('runs jobs, shows them, takes over changed sources, and leaves nothing behind at Ctrl-C', async () => {
    await using app = await createDevApp();
    await using millrace = new MillraceProcess(['dev'], app);
    await millrace.prints('Ctrl-C stops it all');
    const env = millrace.environment();

    const first = await greet(env, 'Ada');
    expect(first.result).toBe('hello Ada');
    await millrace.prints(new RegExp(`info +greeting.send ${first.id} greeting Ada`));
    await millrace.prints(
      new RegExp(`✓ succeeded greeting.send ${first.id} attempt 1 · normal · acme · waited .* · ran .* m?s`),
    );

    await app.write('greet.ts', greeting('good morning'));
    await millrace.prints('Changed: greet.ts');
    await millrace.prints('New code: Greetings/Millrace/Pool-default/Worker');
    expect((await greet(env, 'Grace')).result).toBe('good morning Grace');

    await app.write('greet.ts', 'export const greet = (;');
    await millrace.prints('SynthError: The CDK app could not be synthesised');
    await millrace.prints('The code from before goes on running.');
    expect((await greet(env, 'Edsger')).result).toBe('good morning Edsger');

    const processes = millrace.descendants();
    // The engine, the reaper, and a sandbox at least.
    expect(processes.length).toBeGreaterThanOrEqual(3);
    const endpoints = endpointsOf(env);
    expect(await left(processes, endpoints)).toEqual([...processes, ...endpoints]);
    millrace.interrupt();
    expect(await millrace.exitCode()).toBe(0);
    expect(millrace.printed).toMatch(/Stopping …\n$/);
    await vi.waitFor(async () => expect(await left(processes, endpoints)).toEqual([]), { timeout: 5_000 });
    // npm keeps its compile cache there.
    const files = (await readdir(app.scratch)).filter((name) => name !== 'node-compile-cache');
    expect(files).toEqual([]);
  }, 120_000);

  it('leaves no process and no port behind when it is killed', async () => {
    await using app = await createDevApp();
    await using millrace = new MillraceProcess(['dev'], app);
    await millrace.prints('Ctrl-C stops it all');
    const env = millrace.environment();
    await greet(env, 'Ada');
    const processes = millrace.descendants();
    expect(processes.length).toBeGreaterThanOrEqual(3);
    millrace.kill();
    await vi.waitFor(async () => expect(await left(processes, endpointsOf(env))).toEqual([]), {
      timeout: 10_000,
    });
  }, 120_000);

  it('ends at Ctrl-C while the app is synthesised, without an error', async () => {
    await using app = await createDevApp();
    await app.write('app.ts', 'setInterval(() => undefined, 1_000);');
    await using millrace = new MillraceProcess(['dev'], app);
    await millrace.prints('Synthesising the app …');
    const synth = await vi.waitUntil(() => millrace.descendants().at(-1), { timeout: 10_000 });
    millrace.interrupt();
    expect(await millrace.exitCode()).toBe(0);
    expect(millrace.printed).toBe('Synthesising the app …\n');
    await vi.waitFor(() => expect(alive(synth)).toBe(false), { timeout: 5_000 });
  }, 60_000);

  it('shows what an app says that cannot be synthesised, and exits with 1', async () => {
    await using app = await createDevApp();
    await app.write('app.ts', "throw new Error('the bucket has no name');");
    await using millrace = new MillraceProcess(['dev'], app);
    expect(await millrace.exitCode()).toBe(1);
    expect(millrace.printed).toContain('Error: the bucket has no name');
    expect(millrace.printed).toContain(
      'SynthError: The CDK app could not be synthesised. Got: exit code 1 of `node app.ts`. Expected: exit code 0.',
    );
    expect(millrace.printed).not.toContain('program.ts');
  }, 60_000);

  it('hands the context of the command line, over that of cdk.json, to the command of --app', async () => {
    await using app = await createDevApp();
    await app.write('cdk.json', '{ "app": "false", "context": { "stage": "dev", "region": "eu" } }');
    await app.write('show.ts', 'console.log(process.env.CDK_CONTEXT_JSON); process.exit(3);');
    const context = ['--context', 'stage=test', 'debug'];
    await using millrace = new MillraceProcess(['dev', '--app', 'node show.ts', ...context], app);
    expect(await millrace.exitCode()).toBe(1);
    expect(millrace.printed).toContain('{"stage":"test","region":"eu","debug":"true"}');
    expect(millrace.printed).toContain('Got: exit code 3 of `node show.ts`');
  }, 60_000);

  it.each([
    ['a directory without an app', '{}', 'AppCommandMissingError: There is no CDK app to run.'],
    ['a cdk.json that is not JSON', '{ app', 'CdkConfigError: cdk.json cannot be read.'],
  ])(
    'says what to do in %s, and exits with 1',
    async (_name, config, message) => {
      await using app = await createDevApp();
      await app.write('cdk.json', config);
      await using millrace = new MillraceProcess(['dev'], app);
      expect(await millrace.exitCode()).toBe(1);
      expect(millrace.printed).toContain(message);
      expect(millrace.printed).toMatch(/Fix: /);
    },
    60_000,
  );

  it('says which template feature it does not run, and exits with 1', async () => {
    await using app = await createDevApp();
    await app.write(
      'app.ts',
      `import { App, Stack } from 'aws-cdk-lib';
       import { Topic } from 'aws-cdk-lib/aws-sns';
       new Topic(new Stack(new App(), 'Greetings'), 'Topic');`,
    );
    await using millrace = new MillraceProcess(['dev'], app);
    expect(await millrace.exitCode()).toBe(1);
    expect(millrace.printed).toMatch(/TemplateUnsupportedError: .*AWS::SNS::Topic/s);
  }, 60_000);
});
