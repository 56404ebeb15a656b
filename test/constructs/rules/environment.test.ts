import { describe, expect, it } from 'vitest';
import { checkEnvironmentComplete, checkEnvironmentSize } from '../../../lib/constructs/rules/index.ts';
import { ENV, FUNCTION_ENVIRONMENT, type FunctionKind } from '../../../lib/contract/index.ts';
import { expectRule } from '../fixtures/stack.ts';

const KINDS = Object.keys(FUNCTION_ENVIRONMENT) as FunctionKind[];

describe('environment', () => {
  it.each(KINDS)('fails for each variable that a %s lacks', (kind) => {
    const names = FUNCTION_ENVIRONMENT[kind].map((key) => ENV[key]);
    const complete = Object.fromEntries(names.map((name) => [name, 'x']));
    checkEnvironmentComplete({ function: 'f', kind, variables: complete });
    for (const name of names) {
      const { [name]: _, ...variables } = complete;
      const run = () => checkEnvironmentComplete({ function: 'f', kind, variables });
      expectRule(run, 'environment-incomplete', `no ${name}`);
    }
  });

  it('fails for an empty variable', () => {
    const variables = { [ENV.table]: '', [ENV.queues]: '{}' };
    const run = () => checkEnvironmentComplete({ function: 'f', kind: 'lifecycle', variables });
    expectRule(run, 'environment-incomplete', ENV.table);
  });

  it('fails over 4 KB, counting bytes of names and values', () => {
    const run = (length: number) => () =>
      checkEnvironmentSize({ function: 'f', variables: { NAME: 'x'.repeat(length), ü: '' } });
    expect(run(4_090)).not.toThrow();
    expectRule(run(4_091), 'environment-size', '4097 bytes', 'for NAME');
  });

  it('estimates what CloudFormation fills in', () => {
    const urls = Array.from({ length: 30 }, (_, i) => ({ Ref: `MillraceQueuespool${i}Jobs0123456789AB` }));
    const variables = { [ENV.queues]: { 'Fn::Join': ['","', urls] } };
    expect(() => checkEnvironmentSize({ function: 'f', variables })).not.toThrow();
    const more = { [ENV.queues]: { 'Fn::Join': ['","', [...urls, ...urls]] } };
    expectRule(
      () => checkEnvironmentSize({ function: 'f', variables: more }),
      'environment-size',
      'fewer pools',
    );
  });
});
