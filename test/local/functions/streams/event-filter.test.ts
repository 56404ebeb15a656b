import { describe, expect, it } from 'vitest';
import { compileFilters } from '../../../../lib/local/functions/streams/event-filter.ts';

const record = {
  eventName: 'MODIFY',
  dynamodb: {
    NewImage: {
      status: { S: 'queued' },
      out: { N: '3' },
      tags: { SS: ['red', 'green'] },
      gone: { NULL: true },
    },
    SizeBytes: 120,
    empty: '',
    nothing: null,
  },
};

const image = (fields: object) => ({ dynamodb: { NewImage: fields } });

describe('a filter pattern', () => {
  it.each([
    ['a value', { eventName: ['MODIFY'] }],
    ['one value of several', { eventName: ['INSERT', 'MODIFY'] }],
    ['a number', { dynamodb: { SizeBytes: [120] } }],
    ['a boolean', image({ gone: { NULL: [true] } })],
    ['null', { dynamodb: { nothing: [null] } }],
    ['an empty text', { dynamodb: { empty: [''] } }],
    ['several fields', { eventName: ['MODIFY'], dynamodb: { SizeBytes: [120] } }],
    ['a prefix', image({ status: { S: [{ prefix: 'que' }] } })],
    ['a suffix', image({ status: { S: [{ suffix: 'ued' }] } })],
    ['another case', image({ status: { S: [{ 'equals-ignore-case': 'QUEUED' }] } })],
    ['anything but', image({ status: { S: [{ 'anything-but': ['running', 'dead'] }] } })],
    ['anything but one', image({ status: { S: [{ 'anything-but': 'running' }] } })],
    ['a numeric range', { dynamodb: { SizeBytes: [{ numeric: ['>', 100, '<=', 120] }] } }],
    ['a numeric value', { dynamodb: { SizeBytes: [{ numeric: ['=', 120] }] } }],
    ['existence', image({ out: { N: [{ exists: true }] } })],
    ['absence', image({ other: { S: [{ exists: false }] } })],
    ['absence of all above it', { dynamodb: { OldImage: { out: { N: [{ exists: false }] } } } }],
    ['an item of a list', image({ tags: { SS: ['green'] } })],
    ['one of several patterns', { $or: [{ eventName: ['INSERT'] }, image({ status: { S: ['queued'] } })] }],
    [
      'one of several patterns and a field',
      { eventName: ['MODIFY'], $or: [{ dynamodb: { SizeBytes: [120] } }] },
    ],
    ['nothing in particular', {}],
  ])('matches by %s', (_, pattern) => {
    expect(compileFilters([pattern])(record)).toBe(true);
  });

  it.each([
    ['another value', { eventName: ['INSERT'] }],
    ['one field of two', { eventName: ['MODIFY'], dynamodb: { SizeBytes: [1] } }],
    ['a number as text', { dynamodb: { SizeBytes: ['120'] } }],
    ['a range', { dynamodb: { SizeBytes: [{ numeric: ['>', 100, '<', 120] }] } }],
    ['a number of DynamoDB, which is text', image({ out: { N: [{ numeric: ['=', 3] }] } })],
    ['an excluded value', image({ status: { S: [{ 'anything-but': ['queued'] }] } })],
    ['an absent field, by anything-but', image({ other: { S: [{ 'anything-but': ['x'] }] } })],
    ['existence of an object, which is no leaf', { dynamodb: { NewImage: [{ exists: true }] } }],
    ['absence of what exists', image({ out: { N: [{ exists: false }] } })],
    ['neither of two patterns', { $or: [{ eventName: ['INSERT'] }, { eventName: ['REMOVE'] }] }],
  ])('does not match by %s', (_, pattern) => {
    expect(compileFilters([pattern])(record)).toBe(false);
  });

  it('passes what any of several matches, and everything when there is none', () => {
    expect(compileFilters([{ eventName: ['INSERT'] }, { eventName: ['MODIFY'] }])(record)).toBe(true);
    expect(compileFilters([])(record)).toBe(true);
  });

  it.each([
    ['an unknown operator', { a: [{ wildcard: '*' }] }],
    ['two operators in one', { a: [{ prefix: 'a', suffix: 'b' }] }],
    ['a value that is not in a list', { a: 'text' }],
    ['an empty list', { a: [] }],
    ['a list in a list', { a: [['b']] }],
    ['a numeric operator without numbers', { a: [{ numeric: ['>', '1'] }] }],
    ['a numeric operator that compares otherwise', { a: [{ numeric: ['!=', 1] }] }],
    ['a prefix that is no text', { a: [{ prefix: 1 }] }],
    ['an existence that is neither', { a: [{ exists: 'yes' }] }],
    ['an exclusion of a pattern', { a: [{ 'anything-but': { prefix: 'x' } }] }],
    ['a choice that is no list', { $or: { a: ['b'] } }],
    ['no object', ['a']],
  ])('is refused for %s', (_, pattern) => {
    expect(() => compileFilters([pattern])).toThrow(expect.objectContaining({ code: 'FILTER_PATTERN' }));
  });
});
