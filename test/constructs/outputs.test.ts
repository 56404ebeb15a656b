import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Millrace } from '../../lib/constructs/index.ts';
import { PRIORITIES } from '../../lib/contract/index.ts';
import { catalog } from './fixtures/catalog.ts';
import { entry, makeStack } from './fixtures/stack.ts';

const ALL = [
  'MillraceDeadLetterQueues',
  'MillraceDeadRetentionSeconds',
  'MillraceEventSources',
  'MillraceOneTimeGroup',
  'MillraceQueues',
  'MillraceRetentionSeconds',
  'MillraceTableName',
];

describe('outputs', () => {
  it('are what a client is configured from', () => {
    const outputs = makeStack().template().toJSON().Outputs;
    expect(Object.keys(outputs).sort()).toEqual(ALL);
    for (const [name, kind] of [
      ['MillraceQueues', 'Jobs'],
      ['MillraceDeadLetterQueues', 'DeadLetters'],
      ['MillraceEventSources', 'Feed'],
    ] as const) {
      const pools = JSON.parse(text(outputs[name].Value));
      for (const pool of ['default', 'heavy'])
        expect(pools[pool], name).toEqual(
          Object.fromEntries(
            PRIORITIES.map((priority) => [priority, `MillraceQueues${pool}${priority}${kind}`]),
          ),
        );
    }
  });

  it('name the group of the one-time schedules, for operators', () => {
    const outputs = makeStack().template().toJSON().Outputs;
    expect(outputs.MillraceOneTimeGroup.Value.Ref).toMatch(/^MillraceSchedulerOneTimeGroup/);
  });

  it('say how long records are kept', () => {
    const outputs = makeStack({ retention: Duration.days(20) })
      .template()
      .toJSON().Outputs;
    expect(outputs.MillraceRetentionSeconds.Value).toBe(String(20 * 86_400));
    expect(outputs.MillraceDeadRetentionSeconds.Value).toBe(String(90 * 86_400));
  });

  it('keep their names for the first Millrace of a stack, and get others for the second', () => {
    const { stack } = makeStack();
    new Millrace(stack, 'Second', { catalog, pools: { default: { entry }, heavy: { entry } } });
    const names = Object.keys(Template.fromStack(stack).toJSON().Outputs);
    expect(names).toHaveLength(14);
    expect(names).toEqual(expect.arrayContaining(ALL));
  });
});

/** A value with references in it, each replaced by its resource's logical id without the hash. */
function text(value: { 'Fn::Join': [string, ({ Ref: string } | string)[]] }): string {
  const parts = value['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : part.Ref.slice(0, -8))).join('');
}
