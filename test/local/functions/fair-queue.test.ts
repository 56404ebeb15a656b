import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../lib/local/functions/fair-queue.ts';

describe('a fair queue', () => {
  it('gives out what it got first where nobody has anything in work', () => {
    const queue = new FairQueue<number>();
    for (const item of [1, 2, 3]) queue.push('a', item);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([1, 2, 3, undefined]);
  });

  it('lets a source with little in work pass one with much', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3']) queue.push('a', item);
    queue.push('b', 'b1');
    queue.begin('a');
    expect(queue.take()).toBe('b1');
    expect(queue.take()).toBe('a1');
    queue.end('a');
    queue.begin('b');
    queue.push('b', 'b2');
    expect(queue.take()).toBe('a2');
    expect(queue.length).toBe(2);
  });
});
