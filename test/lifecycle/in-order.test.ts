import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { Followed } from '../../lib/lifecycle/followed.ts';
import { followInOrder } from '../../lib/lifecycle/in-order.ts';
import { ManualClock } from '../clock/manual-clock.ts';

/** `a2`: the second change of job a. */
function change(name: string): DynamoDBRecord {
  return { dynamodb: { Keys: { pk: { S: name[0] ?? '' } }, SequenceNumber: name } };
}

/** Follows the changes, of which those in `refused` fail. */
async function follow(names: readonly string[], refused: readonly string[] = []) {
  const followed: string[] = [];
  const failed: string[] = [];
  const answer = await followInOrder(names.map(change), {
    follow: async ({ dynamodb }) => {
      const name = dynamodb?.SequenceNumber ?? '';
      await Promise.resolve();
      if (refused.includes(name)) throw new Error('no');
      followed.push(name);
    },
    failed: (sequence) => failed.push(sequence),
  });
  const again = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { followed, failed, again };
}

describe('the changes of a batch', () => {
  it('of one job are followed in their order', async () => {
    const { followed, again } = await follow(['a1', 'b1', 'a2', 'b2', 'a3']);
    expect(followed.filter((name) => name.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(followed.filter((name) => name.startsWith('b'))).toEqual(['b1', 'b2']);
    expect(again).toEqual([]);
  });

  it('of a job wait for one of its own that failed, and for nobody else’s', async () => {
    const { followed, failed, again } = await follow(['a1', 'b1', 'a2', 'b2', 'a3'], ['a2']);
    expect(followed.sort()).toEqual(['a1', 'b1', 'b2']);
    expect(failed).toEqual(['a2']);
    expect(again).toEqual(['a2']);
  });

  it('come again from the first that failed', async () => {
    const { failed, again } = await follow(['a1', 'b1', 'c1', 'b2'], ['c1', 'b1']);
    expect(failed.sort()).toEqual(['b1', 'c1']);
    expect(again).toEqual(['b1']);
  });
});

describe('what was followed behind a change that failed', () => {
  function given() {
    const memory = new Followed(new ManualClock());
    const followed: string[] = [];
    /** Follows the changes, of which those in `refused` fail. */
    const follow = async (names: readonly string[], refused: readonly string[] = []) => {
      const records = names.map(change);
      const one = async ({ dynamodb }: DynamoDBRecord) => {
        const name = dynamodb?.SequenceNumber ?? '';
        if (refused.includes(name)) throw new Error('no');
        followed.push(name);
      };
      const once = (record: DynamoDBRecord) => memory.once(record, one);
      memory.answered(records, await followInOrder(records, { follow: once, failed: () => undefined }));
      return followed.splice(0);
    };
    return follow;
  }

  it('is not followed again when it comes again with that one, whole or halved', async () => {
    const follow = given();
    expect(await follow(['a1', 'b1', 'c1', 'b2', 'c2'], ['b1'])).toEqual(['a1', 'c1', 'c2']);
    expect(await follow(['b1', 'c1'], ['b1'])).toEqual([]);
    expect(await follow(['b1', 'c1', 'b2', 'c2', 'c3'])).toEqual(['b1', 'b2', 'c3']);
  });

  it('is followed as any other when it comes after that: nobody knows why', async () => {
    const follow = given();
    await follow(['a1', 'b1', 'c1'], ['b1']);
    expect(await follow(['b1', 'c1'])).toEqual(['b1']);
    expect(await follow(['b1', 'c1'])).toEqual(['b1', 'c1']);
  });
});
