import { describe, expect, it } from 'vitest';
import { ReplaceCodeError, startLocal } from '../../../lib/local/index.ts';
import { createFixture, jobsStack } from './fixture-app.ts';

const answering = (answer: string) => `export const handler = async () => '${answer}';`;

describe('replaceCode', () => {
  it('takes over new code and refuses any other change', async () => {
    await using fixture = await createFixture();
    const old = await fixture.code('old', answering('old'));
    const next = await fixture.code('next', answering('new'));
    const synth = (worker: string, memorySize?: number) =>
      fixture.synth((root) => jobsStack(root, { worker, memorySize }));
    await using cloud = await startLocal({ app: synth(old) });
    const { logicalId } = cloud.resources.get('Jobs/Worker');
    const invoke = async () => {
      const result = await cloud.functions.invoke(logicalId, {});
      return result.outcome === 'succeeded' ? result.payload : result;
    };
    expect(await invoke()).toBe('old');

    expect(await cloud.replaceCode(synth(old))).toEqual([]);
    expect(await cloud.replaceCode(synth(next))).toEqual([logicalId]);
    expect(await invoke()).toBe('new');

    const other = cloud.replaceCode(synth(old, 512));
    await expect(other).rejects.toThrow(ReplaceCodeError);
    await expect(other).rejects.toThrow(`Jobs › ${logicalId}`);
    expect(await invoke()).toBe('new');
  }, 60_000);
});
