import { describe, expect, it } from 'vitest';
import { Story } from './story.ts';

function storyOf(...lines: readonly [actor: string, text: string, jobs?: readonly string[]][]): Story {
  const story = new Story({ told: true });
  for (const [at, [actor, text, jobs = []]] of lines.entries()) story.add({ at, actor, text, jobs });
  return story;
}

describe('a story', () => {
  it('leaves out invocations in which nothing happened', () => {
    const story = storyOf(
      ['sweeper#1', 'is invoked'],
      ['worker#1', 'is invoked', ['job 1']],
      ['Lambda', 'sweeper#1 returned'],
      ['worker#1', 'claim', ['job 1']],
      ['Lambda', 'worker#1 returned', ['job 1']],
      ['sweeper#1', 'is invoked'],
      ['sweeper#1', '† the process dies'],
      ['Lambda', 'sweeper#1 failed: it died'],
    );
    const told = story.read().split('\n');
    expect(told.map((line) => line.slice(14).trimStart())).toEqual([
      'worker#1   is invoked',
      'worker#1   claim',
      'Lambda     worker#1 returned',
      'sweeper#1  is invoked',
      'sweeper#1  † the process dies',
      'Lambda     sweeper#1 failed: it died',
    ]);
  });

  it('names the job of each line where it is about several', () => {
    const story = storyOf(
      ['worker#1', 'claim', ['job 1']],
      ['worker#1', 'claim', ['job 2']],
      ['client', 'enqueues job 1, job 2', ['job 1', 'job 2']],
      ['normal', 'purged', ['job 1', 'job 2', 'job 3', 'job 4']],
    );
    expect(story.read().split('\n')).toEqual([
      '00:00:00.000  worker#1  claim  [job 1]',
      '00:00:00.001  worker#1  claim  [job 2]',
      '00:00:00.002  client    enqueues job 1, job 2',
      '00:00:00.003  normal    purged  [job 1, job 2, job 3 and 1 more]',
    ]);
    expect(storyOf(['worker#1', 'claim', ['job 1']]).read()).toBe('00:00:00.000  worker#1  claim');
  });
});
