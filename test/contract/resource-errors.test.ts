import { describe, expect, it } from 'vitest';
import { PermissionError, resourceError } from '../../lib/contract/index.ts';

describe('a call that the credentials do not allow', () => {
  const denied = Object.assign(new Error('not authorized to perform: it'), { name: 'AccessDeniedException' });
  const told = (problem: Partial<Parameters<typeof resourceError>[1]>) => {
    const error = resourceError(denied, { resource: 'queue', name: 'q', ...problem });
    expect(error).toBeInstanceOf(PermissionError);
    return String(error);
  };

  it("of an operator is told with the operator's grant, not with the producer's", () => {
    const text = told({ caller: 'operator' });
    expect(text).toContain('Expected: the rights of grantOperate.');
    expect(text).toMatch(/millrace\.connectOperator\(fn\).*millrace\.grantOperate\(role\)/);
    expect(text).not.toContain('connect(fn)');
  });

  it("of Millrace's own functions is told with what gives them their rights", () => {
    const text = told({ caller: 'millrace' });
    expect(text).toContain('deploy the stack again');
    expect(text).not.toContain('connect');
  });

  it('that anybody makes is told with the grants of each', () => {
    const text = told({});
    expect(text).toMatch(/millrace\.connect\(fn\).*millrace\.connectOperator\(fn\)/);
  });
});
