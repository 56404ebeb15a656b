import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/contract/index.ts';
import { FunctionFixture } from './function-fixture.ts';

const held = `import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export const handler = async ({ file }) => { while (file && !existsSync(file)) await setTimeout(5) }`;

describe('the sandboxes of a function', () => {
  it('are kept warm up to ten', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(held, { timeoutSeconds: 60 });
    const file = `${await fixture.code('')}/go`;
    const all = Array.from({ length: 12 }, () => fixture.host.invoke(name, { file }));
    await fixture.until(() => fixture.of('invoke-start').length === 12);
    await writeFile(file, '');
    await Promise.all(all);
    await fixture.until(() => fixture.pids.size === 10);
  });

  it('are kept warm for five minutes', async () => {
    const due: (() => void)[] = [];
    const clock = {
      now: systemClock.now,
      after(ms: number, then: () => void) {
        if (ms < 60_000) return systemClock.after(ms, then);
        due.push(then);
        return () => due.splice(due.indexOf(then), 1);
      },
    };
    await using fixture = await FunctionFixture.start({ clock });
    const name = await fixture.add(held);
    await fixture.host.invoke(name, {});
    await fixture.host.invoke(name, {});
    expect(due).toHaveLength(1);
    expect(fixture.pids.size).toBe(1);
    due[0]?.();
    await fixture.until(() => fixture.pids.size === 0);
    expect(await fixture.host.invoke(name, {})).toMatchObject({ outcome: 'succeeded' });
  });

  it('of replaced code end, those that are busy once they are done', async () => {
    await using fixture = await FunctionFixture.start();
    const name = await fixture.add(held);
    const file = `${await fixture.code('')}/go`;
    const busy = fixture.host.invoke(name, { file });
    await fixture.until(() => fixture.of('invoke-start').length === 1);
    await fixture.host.invoke(name, {});
    expect(fixture.pids.size).toBe(2);
    await fixture.host.replaceCode(name, await fixture.code(held));
    expect(fixture.pids.size).toBe(1);
    await writeFile(file, '');
    await busy;
    await fixture.until(() => fixture.pids.size === 0);
  });
});
