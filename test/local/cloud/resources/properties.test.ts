import { describe, expect, it } from 'vitest';
import { TemplateInvalidError, TemplateUnsupportedError } from '../../../../lib/local/index.ts';
import { Properties } from '../../../../lib/local/resources/index.ts';
import type { JsonObject } from '../../../../lib/local/template/index.ts';

const of = (values: JsonObject) =>
  new Properties({ values, at: { stack: 'Jobs', logicalId: 'Queue', property: 'Properties' } });

describe('Properties', () => {
  it('takes numbers and booleans for text and the other way round, as CloudFormation does', () => {
    const properties = of({ size: '30', name: 5, on: 'true', off: false, kinds: ['a', 1] });
    expect(properties.optionalNumber('size')).toBe(30);
    expect(properties.text('name')).toBe('5');
    expect(properties.optionalBoolean('on')).toBe(true);
    expect(properties.optionalBoolean('off')).toBe(false);
    expect(properties.texts('kinds')).toEqual(['a', '1']);
    expect(properties.optionalText('missing')).toBeUndefined();
  });

  it.each<[string, (properties: Properties) => unknown, string]>([
    ['a missing property', (p) => p.text('name'), 'Properties.name: a required property is missing'],
    ['a list for a text', (p) => p.text('list'), 'Properties.list: a property has the wrong type'],
    ['words for a number', (p) => p.optionalNumber('word'), 'Expected: a number'],
    ['a word for a boolean', (p) => p.optionalBoolean('word'), 'Expected: true or false'],
    ['a value out of a closed set', (p) => p.choice('word', ['A', 'B']), 'Expected: one of A, B'],
    ['a text for an object', (p) => p.object('word'), 'Expected: an object'],
  ])('refuses %s', (_name, read, message) => {
    const properties = of({ list: [], word: 'often' });
    expect(() => read(properties)).toThrow(TemplateInvalidError);
    expect(() => read(properties)).toThrow(message);
  });

  it('refuses in the end what nobody read, at any depth', () => {
    const properties = of({ known: { inner: 1, other: 2 }, tags: [], rest: [{ a: 1 }, { b: 1 }] });
    properties.object('known').optionalNumber('inner');
    for (const each of properties.objects('rest')) each.optionalNumber('a');
    properties.withoutEffect('tags');
    expect(() => properties.refuseUnread()).toThrow(TemplateUnsupportedError);
    expect(() => properties.refuseUnread()).toThrow('Jobs › Queue › Properties.known.other');
    expect(() => of({ rest: 1 }).refuseUnread()).toThrow('Properties.rest');
  });
});
