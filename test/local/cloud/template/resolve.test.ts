// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { describe, expect, it } from 'vitest';
import { TemplateInvalidError, TemplateUnsupportedError } from '../../../../lib/local/index.ts';
import { type Json, parseTemplate, resolve, type Scope } from '../../../../lib/local/template/index.ts';

const at = { stack: 'Jobs', logicalId: 'Queue', property: 'Properties' };

const scope: Scope = {
  stack: 'Jobs',
  values: new Map<string, Json>([
    ['AWS::Region', 'eu-west-1'],
    ['Stage', 'dev'],
    ['Zones', ['a', 'b']],
  ]),
  mappings: { Sizes: { dev: { memory: 256 } } },
  conditions: {
    IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
    IsProd: { 'Fn::Not': [{ Condition: 'IsDev' }] },
    Both: { 'Fn::And': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsDev' }, { Condition: 'IsProd' }] },
    Loop: { 'Fn::Not': [{ Condition: 'Loop' }] },
  },
  resources: new Map([
    ['Table', { ref: 'jobs', attributes: { Arn: 'arn:aws:dynamodb:eu-west-1:000000000000:table/jobs' } }],
  ]),
  absent: new Map([['Off', 'its condition IsProd is false']]),
  exports: new Map([['Base:Table', 'base-table']]),
  outputs: new Map([['Base', new Map([['Url', 'http://base']])]]),
};

const resolved = (value: Json) => resolve(value, scope, at);

describe('resolve', () => {
  it.each<[string, Json, Json]>([
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
    ['Ref of a parameter', { Ref: 'Stage' }, 'dev'],
    ['Ref of a resource', { Ref: 'Table' }, 'jobs'],
    [
      'Fn::GetAtt as a list',
      { 'Fn::GetAtt': ['Table', 'Arn'] },
      'arn:aws:dynamodb:eu-west-1:000000000000:table/jobs',
    ],
    [
      'Fn::GetAtt as text',
      { 'Fn::GetAtt': 'Table.Arn' },
      'arn:aws:dynamodb:eu-west-1:000000000000:table/jobs',
    ],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, 3]] }, 'a-dev-3'],
    ['Fn::Join of a list value', { 'Fn::Join': [',', { Ref: 'Zones' }] }, 'a,b'],
    [
      'Fn::Sub',
      { 'Fn::Sub': '${Stage}/${Table}/${Table.Arn}/${!Kept}' },
      'dev/jobs/arn:aws:dynamodb:eu-west-1:000000000000:table/jobs/${Kept}',
    ],
    ['Fn::Sub with variables', { 'Fn::Sub': ['${x}-${Stage}', { x: { Ref: 'Table' } }] }, 'jobs-dev'],
    ['Fn::Select and Fn::Split', { 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['Fn::If, true', { 'Fn::If': ['IsDev', 1, { Ref: 'Nowhere' }] }, 1],
    ['Fn::If, false', { 'Fn::If': ['IsProd', { Ref: 'Nowhere' }, 2] }, 2],
    ['Fn::And', { 'Fn::If': ['Both', 1, 2] }, 2],
    ['Fn::Or', { 'Fn::If': ['Either', 1, 2] }, 1],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'memory'] }, 256],
    ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'Base:Table' } }, 'base-table'],
    ['Fn::GetStackOutput', { 'Fn::GetStackOutput': { StackName: 'Base', OutputName: 'Url' } }, 'http://base'],
    ['Fn::Base64', { 'Fn::Base64': 'abc' }, 'YWJj'],
    ['Fn::Length', { 'Fn::Length': { Ref: 'Zones' } }, 2],
    ['Fn::ToJsonString', { 'Fn::ToJsonString': { a: { Ref: 'Stage' } } }, '{"a":"dev"}'],
    ['nesting in lists and objects', { a: [{ b: { Ref: 'Stage' } }] }, { a: [{ b: 'dev' }] }],
  ])('gives the value of %s', (_name, value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });

  it('leaves out what is AWS::NoValue, in objects and lists', () => {
    const noValue = { Ref: 'AWS::NoValue' };
    expect(resolved({ a: noValue, b: [1, noValue], c: { 'Fn::If': ['IsProd', 1, noValue] } })).toEqual({
      b: [1],
    });
  });

  it('refuses an intrinsic function that it does not know, and says where', () => {
    const attempt = () => resolved({ Tags: [{ Value: { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] } }] });
    expect(attempt).toThrow(TemplateUnsupportedError);
    expect(attempt).toThrow(
      'Jobs › Queue › Properties.Tags[0].Value: the intrinsic function Fn::Cidr is not emulated',
    );
  });

  it.each<[string, Json, string]>([
    ['a reference to nothing', { Ref: 'Nowhere' }, 'the template does not define it'],
    [
      'a reference to a resource that its condition left out',
      { Ref: 'Off' },
      'its condition IsProd is false',
    ],
    [
      'an attribute that the resource lacks',
      { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      'has no attribute StreamArn',
    ],
    ['an import that nobody exports', { 'Fn::ImportValue': 'Other' }, 'no started stack exports "Other"'],
    [
      'an output that is not there',
      { 'Fn::GetStackOutput': { StackName: 'Base', OutputName: 'No' } },
      'has an output',
    ],
    ['a map entry that is not there', { 'Fn::FindInMap': ['Sizes', 'prod', 'memory'] }, 'finds nothing'],
    ['an index past the end', { 'Fn::Select': [5, ['a']] }, 'finds nothing at index 5'],
    ['a condition that refers to itself', { 'Fn::If': ['Loop', 1, 2] }, 'refers to itself'],
    ['malformed arguments', { 'Fn::Join': 'x' }, 'arguments of the wrong form'],
  ])('refuses %s', (_name, value, message) => {
    expect(() => resolved(value)).toThrow(TemplateInvalidError);
    expect(() => resolved(value)).toThrow(message);
  });
});

describe('parseTemplate', () => {
  it('refuses a section that would change what runs', () => {
    expect(() => parseTemplate('Jobs', { Transform: 'AWS::Serverless-2016-10-31', Resources: {} })).toThrow(
      'Jobs › Transform: the template section Transform is not emulated',
    );
  });

  it('passes over sections that do not', () => {
    const template = parseTemplate('Jobs', { Rules: {}, Metadata: {}, Description: 'x', Resources: {} });
    expect(template.resources).toEqual({});
  });
});
