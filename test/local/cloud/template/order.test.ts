// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { describe, expect, it } from 'vitest';
import { TemplateInvalidError } from '../../../../lib/local/index.ts';
import { creationOrder, type Json, parseTemplate, references } from '../../../../lib/local/template/index.ts';

const template = (resources: Record<string, Json>) => parseTemplate('Jobs', { Resources: resources });

describe('creationOrder', () => {
  it('puts each resource after what it refers to or depends on', () => {
    const order = creationOrder(
      template({
        Mapping: { Type: 'M', Properties: { a: { 'Fn::Sub': 'x-${Alias}-${!Literal}' } } },
        Alias: { Type: 'A', Properties: { a: { 'Fn::GetAtt': ['Fn', 'Arn'] } }, DependsOn: 'Policy' },
        Fn: { Type: 'F', Properties: { a: { 'Fn::Join': ['', ['a', { Ref: 'Role' }]] } } },
        Policy: { Type: 'P', Properties: { r: [{ Ref: 'Role' }] } },
        Role: { Type: 'R' },
      }),
    );
    expect(order).toEqual(['Role', 'Policy', 'Fn', 'Alias', 'Mapping']);
  });

  it('refuses a circle and shows it', () => {
    const circle = template({
      A: { Type: 'A', Properties: { b: { Ref: 'B' } } },
      B: { Type: 'B', Properties: { a: { 'Fn::GetAtt': 'A.Arn' } } },
    });
    expect(() => creationOrder(circle)).toThrow(TemplateInvalidError);
    expect(() => creationOrder(circle)).toThrow('A → B → A');
  });
});

describe('references', () => {
  it('finds the names in every form', () => {
    const value = {
      a: { Ref: 'A' },
      b: [{ 'Fn::GetAtt': 'B.Arn' }],
      c: { 'Fn::Sub': ['${C.Arn}${D}', { D: { Ref: 'E' } }] },
    };
    expect([...references(value)].sort()).toEqual(['A', 'B', 'C', 'D', 'E']);
  });
});
