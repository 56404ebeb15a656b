import { describe, expect, it } from 'vitest';
import * as client from '../../lib/client/index.ts';
import * as contract from '../../lib/contract/index.ts';
import { Fail, InvalidOptionError, MillraceError, PayloadInvalidError } from '../../lib/contract/index.ts';
import * as dispatch from '../../lib/dispatch/index.ts';
import * as state from '../../lib/state/index.ts';

const JOB = { status: 'queued', dispatch: 0, enqueuedAt: new Date(0) };
/** Whatever any error's constructor reads. */
const DETAILS = {
  ...{ what: 'what', got: 'got', expected: 'expected', fix: 'fix', option: 'option', name: 'name', for: 1 },
  ...{
    type: 'type',
    issues: [],
    problems: [],
    bytes: 2,
    limit: 1,
    known: ['a'],
    resource: 'queue',
    url: 'url',
    region: 'r',
  },
  ...{ queueRegion: 'q', id: 'id', key: 'key', step: 'step', status: 'queued', timeout: 1, tableName: 't' },
  ...{ now: JOB, listed: JOB },
  cause: new Error('cause'),
};

type ErrorClass = (new (details: unknown) => MillraceError) & { readonly errorName: string };

const classes = Object.entries({ ...contract, ...dispatch, ...state, ...client }).flatMap(([name, value]) =>
  typeof value === 'function' && value.prototype instanceof Error && name !== 'MillraceError'
    ? [{ name, Class: value as unknown as ErrorClass }]
    : [],
);

describe('every error', () => {
  it.each(classes)('$name is known by its name, its code and its base', ({ name, Class }) => {
    const error = new Class(DETAILS);
    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(MillraceError);
    expect(error).toBeInstanceOf(Error);
    expect(Class.errorName).toBe(name);
    expect(error.name).toBe(name);
    expect(error.code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name,
      code: error.code,
      retryable: error.retryable,
    });
    expect(error.stack).toContain('errors.test.ts');
  });

  it('has a code of its own', () => {
    const codes = classes.map(({ Class }) => new Class(DETAILS).code);
    expect(classes.length).toBeGreaterThan(18);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(classes)('$name is an instance of itself and of what it extends, and of no other', ({ Class }) => {
    const error = new Class(DETAILS);
    const matching = classes.filter((other) => error instanceof other.Class).map((other) => other.name);
    const extended = classes.filter(
      (other) => other.Class === Class || Object.prototype.isPrototypeOf.call(other.Class, Class),
    );
    expect(matching).toEqual(extended.map(({ name }) => name));
  });
});

describe('MillraceError', () => {
  it('says what, got, expected and fix', () => {
    const error = new contract.CatalogError({
      what: 'A thing is wrong',
      got: '1',
      expected: '2',
      fix: 'add 1',
    });
    expect(error.message).toBe('A thing is wrong. Got: 1. Expected: 2. Fix: add 1.');
    expect(new Fail('no').message).toBe('no');
  });

  it('keeps its cause and its context, and tells both to JSON but the cause', () => {
    const cause = new Error('socket hang up');
    const error = new contract.ResourceMissingError({
      resource: 'queue',
      name: 'q',
      region: 'eu-west-1',
      cause,
    });
    expect(error.cause).toBe(cause);
    expect(error.toJSON()).toEqual({
      name: 'ResourceMissingError',
      code: 'RESOURCE_MISSING',
      message: error.message,
      retryable: false,
      context: { resource: 'queue', name: 'q', region: 'eu-west-1' },
    });
    expect('cause' in new Fail('no')).toBe(false);
  });

  it('is no longer what it was when only its fields are left', () => {
    const error = new InvalidOptionError({ option: 'a', got: 'b', expected: 'c' });
    expect({ ...error } instanceof InvalidOptionError).toBe(false);
    expect(JSON.parse(JSON.stringify(error)) instanceof MillraceError).toBe(false);
  });

  it.each([undefined, null, 0, 'text', {}, [], Object.create(null), new Error('x'), Symbol('s'), () => 1])(
    'does not take %s for one',
    (value) => {
      expect(value instanceof MillraceError).toBe(false);
      expect((value as unknown) instanceof PayloadInvalidError).toBe(false);
    },
  );

  it('knows subclasses of users by their prototype where they state no name', () => {
    class CustomerGone extends Fail {}
    class OrderGone extends Fail {}
    const error = new CustomerGone('gone');
    expect(error).toBeInstanceOf(CustomerGone);
    expect(error).toBeInstanceOf(Fail);
    expect(error instanceof OrderGone).toBe(false);
    expect(new Fail('gone') instanceof CustomerGone).toBe(false);
    expect(error.name).toBe('Fail');
  });
});
