import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAssembly } from '../../../lib/local/assembly.ts';
import { selectStacks } from '../../../lib/local/deploy.ts';
import { AssemblyError, NotInCloudError } from '../../../lib/local/index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-assembly-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function twoStacks(): App {
  const app = new App({ outdir: join(directory, 'out'), analyticsReporting: false });
  const base = new Stack(app, 'Base', { env: { region: 'eu-west-1' } });
  const queue = new CfnResource(base, 'Queue', { type: 'AWS::SQS::Queue' });
  const user = new Stack(app, 'User', { env: { region: 'eu-west-1' } });
  new CfnResource(user, 'Copy', { type: 'AWS::SQS::Queue' });
  new CfnOutput(user, 'Url', { value: queue.ref });
  return app;
}

describe('readAssembly', () => {
  it('reads stacks after their dependencies, with Region and construct paths', async () => {
    const { stacks } = await readAssembly(twoStacks());
    expect(stacks.map(({ name }) => name)).toEqual(['Base', 'User']);
    expect(stacks[0]).toMatchObject({ region: 'eu-west-1', dependencies: [] });
    expect(stacks[0]?.paths.get('Queue')).toBe('Base/Queue');
    expect(stacks[1]?.dependencies).toEqual(['Base']);
  });

  it('reads the stacks of stages', async () => {
    const app = new App({ outdir: join(directory, 'out'), analyticsReporting: false });
    const stack = new Stack(new Stage(app, 'Prod'), 'Jobs');
    new CfnResource(stack, 'Queue', { type: 'AWS::SQS::Queue' });
    const { stacks } = await readAssembly(app);
    expect(stacks.map(({ name }) => name)).toEqual(['Prod-Jobs']);
  });

  it.each([
    ['is missing', undefined, 'does not exist'],
    ['is no JSON', '{', 'is not a JSON object'],
    ['is no object', '[]', 'is not a JSON object'],
    ['holds no stack', '{"artifacts":{}}', 'holds no stack'],
  ])('refuses a directory whose manifest %s', async (_name, content, message) => {
    const path = join(directory, 'cdk.out');
    await mkdir(path);
    if (content !== undefined) await writeFile(join(path, 'manifest.json'), content);
    await expect(readAssembly(path)).rejects.toThrow(AssemblyError);
    await expect(readAssembly(path)).rejects.toThrow(message);
  });
});

describe('selectStacks', () => {
  it('brings dependencies along', async () => {
    const { stacks } = await readAssembly(twoStacks());
    expect(selectStacks(stacks, ['User']).map(({ name }) => name)).toEqual(['Base', 'User']);
    expect(selectStacks(stacks, ['Base']).map(({ name }) => name)).toEqual(['Base']);
  });

  it('refuses a name that is none', async () => {
    const { stacks } = await readAssembly(twoStacks());
    expect(() => selectStacks(stacks, ['Nobody'])).toThrow(NotInCloudError);
  });
});
