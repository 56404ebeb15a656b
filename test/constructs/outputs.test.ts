import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Millrace } from '../../lib/constructs/index.ts';
import { catalog } from './fixtures/catalog.ts';
import { entry, makeStack } from './fixtures/stack.ts';

describe('outputs', () => {
  it('are what a client is configured from', () => {
    const outputs = makeStack().template().toJSON().Outputs;
    expect(Object.keys(outputs).sort()).toEqual(['MillraceQueues', 'MillraceTableName']);
    const text: string = outputs.MillraceQueues.Value['Fn::Join'][1]
      .map((part: unknown) => (typeof part === 'string' ? part : 'https://queue'))
      .join('');
    const priorities = {
      critical: 'https://queue',
      high: 'https://queue',
      normal: 'https://queue',
      low: 'https://queue',
    };
    expect(JSON.parse(text)).toEqual({ default: priorities, heavy: priorities });
  });

  it('keep their names for the first Millrace of a stack, and get others for the second', () => {
    const { stack } = makeStack();
    new Millrace(stack, 'Second', { catalog, pools: { default: { entry }, heavy: { entry } } });
    const names = Object.keys(Template.fromStack(stack).toJSON().Outputs);
    expect(names).toHaveLength(4);
    expect(names).toEqual(expect.arrayContaining(['MillraceQueues', 'MillraceTableName']));
  });
});
