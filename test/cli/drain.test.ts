import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deployment, Engines } from '../client/fixture.ts';
import { REGION } from '../dispatch/test-queue.ts';
import { Mappings } from '../operate/lambda-stub.ts';
import { millrace } from './millrace-command.ts';
import { MillraceProcess } from './millrace-process.ts';

describe('the commands that wait for a queue', () => {
  let scratch: string;
  let engines: Engines;
  let mappings: Mappings;
  let at: Deployment;
  let env: Record<string, string>;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'millrace-drain-'));
    engines = await Engines.start();
  });
  afterAll(async () => {
    await engines[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });
  beforeEach(async () => {
    at = await Deployment.create(engines);
    mappings = await Mappings.start(['feed']);
    env = {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ENDPOINT_URL_SQS: engines.sqs.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: mappings.endpoint,
      MILLRACE_TABLE_NAME: at.tableName,
      MILLRACE_QUEUES: JSON.stringify(at.queues),
      MILLRACE_EVENT_SOURCES: '{"default":{"normal":"feed"}}',
    };
    return () => mappings[Symbol.asyncDispose]();
  });

  /** A worker has a message, and keeps it. */
  async function hold(): Promise<void> {
    await at.client.enqueue('receipt.send', { orderId: '42' });
    const QueueUrl = at.queues.default.normal;
    await at.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
  }

  it('say after Ctrl-C what stays as it is, and what undoes it', async () => {
    await hold();
    await using drain = new MillraceProcess(['drain', 'default/normal'], {
      ...{ directory: scratch, scratch, env },
    });
    await drain.prints(/default\/normal disabled, 1 in flight/);
    drain.interrupt();
    expect(await drain.exitCode()).toBe(130);
    expect(drain.printed).toContain('Stopped waiting. default/normal stays paused; it had 1 in flight.');
    expect(drain.printed).toContain('`millrace resume default/normal` undoes it.');
    expect(drain.printed).not.toContain('    at ');
    expect(mappings.asked).toEqual(['feed false']);
  });

  it('say when the time is over what stays as it is, and what undoes it', async () => {
    await hold();
    const { code, stderr } = await millrace(['drain', 'default/normal', '--timeout', '0s'], env);
    expect(code).toBe(1);
    expect(stderr).toContain('the queues stay paused until `millrace resume default/normal`');
  });

  it('say so as a document where JSON is asked for', async () => {
    await hold();
    await using drain = new MillraceProcess(['drain', 'default/normal', '--json'], {
      ...{ directory: scratch, scratch, env },
    });
    await drain.prints(/in flight/);
    drain.interrupt();
    expect(await drain.exitCode()).toBe(130);
    expect(drain.printed).toContain('"code": "STOPPED_WAITING"');
  });

  it('tell how far they are beside the document', async () => {
    const ended = await millrace(['drain', 'default/normal', '--json'], env);
    expect(ended.json()).toMatchObject({ queues: [{ feed: 'disabled', inFlight: 0 }] });
    expect(ended.stderr).toMatch(/^default\/normal disabl(ing|ed), 0 in flight$/m);
    expect(ended.code).toBe(0);
  });

  it('say for how long nothing may be in flight, where SQS’s counts may lag, and wait it out', async () => {
    const began = Date.now();
    const ended = await millrace(['drain', 'default/normal', '--settle', '1s', '--json'], env);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(ended.stderr).toMatch(
      /^default\/normal disabled, 0 in flight; done when that has held for 1 s, since SQS's counts lag$/m,
    );
    expect(ended).toMatchObject({ code: 0 });
    const late = ['drain', 'default/normal', '--settle', '1s', '--timeout', '0s', '--json'];
    expect((await millrace(late, env)).json<{ error: { message: string } }>().error.message).toMatch(
      /0 in flight, disabled, for less than 1000 ms.*give it more time than those 1000 ms/s,
    );
  });

  it('say what was there when the time was over, even where all was quiet then', async () => {
    expect(await millrace(['drain', 'default/normal'], env)).toMatchObject({ code: 0 });
    const again = await millrace(['drain', 'default/normal', '--timeout', '0s', '--json'], env);
    expect(again.json<{ error: { message: string } }>().error.message).toContain(
      'Got: default/normal: 0 in flight, disabled, at one look only.',
    );
  });

  it('take nothing of another stack that the environment names beside the one asked for', async () => {
    const outputs = join(scratch, 'outputs.json');
    const { MILLRACE_TABLE_NAME: MillraceTableName, MILLRACE_QUEUES: MillraceQueues } = env;
    await writeFile(outputs, JSON.stringify({ Jobs: { MillraceTableName, MillraceQueues } }));
    const looks = vi.spyOn(mappings, 'look');
    const ended = await millrace(['drain', 'default/normal', '--outputs', outputs, '--json'], env);
    expect(ended.code).toBe(1);
    const { error } = ended.json<{ error: { code: string; message: string } }>();
    expect(error.code).toBe('NOT_CONFIGURED');
    // A variable counts for nothing where the stack is named.
    expect(error.message).not.toContain('MILLRACE_EVENT_SOURCES');
    expect(error.message).toMatch(
      /deploy the stack again.*that has this output.*--outputs-file.*name a stack/,
    );
    expect(looks).not.toHaveBeenCalled();
    expect(mappings.asked).toEqual([]);
  });
});
