import { describe, expect, it } from 'vitest';
import { readAhead } from '../../../lambdas/jobs/storage/read-ahead.ts';
import { thrownBy } from '../job-context.ts';

async function* upTo(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const result of results) list.push(result);
  return list;
}

describe('reading ahead', () => {
  it.each([0, 1, 3, 10])(
    'yields every result of %i items in their order, whichever comes first',
    async (count) => {
      const work = async (item: number) => {
        // Later items are ready sooner.
        for (let i = item; i < 10; i++) await Promise.resolve();
        return item;
      };
      expect(await all(readAhead({ items: upTo(count), work, width: 3 }))).toEqual([...Array(count).keys()]);
    },
  );

  it('works on as many items at a time as it is wide', async () => {
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    await all(readAhead({ items: upTo(20), work, width: 4 }));
    expect(most).toBe(4);
  });

  it('throws the first error in order, and leaves none of the others unhandled', async () => {
    const work = async (item: number) => {
      if (item >= 2) throw new Error(`item ${item}`);
      return item;
    };
    expect(String(await thrownBy(all(readAhead({ items: upTo(9), work, width: 5 }))))).toContain('item 2');
  });
});
