import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineJob, InvalidOptionError, type JobType } from '../../lib/contract/index.ts';

const schema = z.object({ orderId: z.string() });
/** What plain JavaScript could pass: the compiler would refuse it. */
const define = defineJob as unknown as (options: unknown) => JobType;

function refusal(call: () => unknown): InvalidOptionError {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('defineJob', () => {
  it('fills in every default', () => {
    expect(defineJob({ name: 'receipt.send', schema })).toEqual({
      name: 'receipt.send',
      schema,
      result: undefined,
      version: 1,
      upcast: {},
      pool: 'default',
      priority: 'normal',
      timeout: 60_000,
      retry: { maxAttempts: 10, base: 2_000, cap: 600_000 },
    });
  });

  it('takes every option', () => {
    const result = v.object({ sentTo: v.string() });
    const upcast = { 1: (payload: unknown) => payload, 2: (payload: unknown) => payload };
    expect(
      defineJob({
        name: 'Receipt_2.send-now',
        schema,
        result,
        version: 3,
        upcast,
        pool: 'heavy',
        priority: 'critical',
        timeout: '14m',
        retry: { maxAttempts: 1, backoff: { base: 0, cap: '366d' } },
      }),
    ).toEqual({
      name: 'Receipt_2.send-now',
      schema,
      result,
      version: 3,
      upcast,
      pool: 'heavy',
      priority: 'critical',
      timeout: 840_000,
      retry: { maxAttempts: 1, base: 0, cap: 31_622_400_000 },
    });
  });

  it('takes any schema with the Standard Schema interface, a function included', () => {
    const standard = { version: 1, vendor: 'ours', validate: (value: unknown) => ({ value }) } as const;
    const callable = Object.assign(() => undefined, { '~standard': standard });
    for (const each of [z.string(), v.string(), { '~standard': standard }, callable])
      expect(defineJob({ name: 'a', schema: each }).schema).toBe(each);
  });

  it.each<[string, unknown]>([
    ['name', { name: undefined }],
    ['name', { name: '' }],
    ['name', { name: 'two words' }],
    ['name', { name: '.hidden' }],
    ['name', { name: 'käse' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 'constructor' }],
    ['name', { name: 7 }],
    ['name', { name: Symbol('job') }],
    ['a: schema', { schema: undefined }],
    ['a: schema', { schema: null }],
    ['a: schema', { schema: {} }],
    ['a: schema', { schema: (value: unknown) => value }],
    ['a: result', { result: null }],
    ['a: result', { result: { type: 'object' } }],
    ['a: version', { version: 0 }],
    ['a: version', { version: 1.5 }],
    ['a: version', { version: 1_000_001 }],
    ['a: version', { version: '2' }],
    ['a: version', { version: 1n }],
    ['a: upcast', { upcast: { 1: (payload: unknown) => payload } }],
    ['a: upcast', { version: 2, upcast: { 2: (payload: unknown) => payload } }],
    ['a: upcast', { version: 2, upcast: { 0: (payload: unknown) => payload } }],
    ['a: upcast', { version: 2, upcast: { first: (payload: unknown) => payload } }],
    ['a: upcast', { version: 2, upcast: { 1: 'rename' } }],
    ['a: pool', { pool: '' }],
    ['a: pool', { pool: 'a/b' }],
    ['a: pool', { pool: 'prototype' }],
    ['a: pool', { pool: {} }],
    ['priority', { priority: 'urgent' }],
    ['priority', { priority: 2 }],
    ['a: timeout', { timeout: 999 }],
    ['a: timeout', { timeout: '15m' }],
    ['a: timeout', { timeout: -1 }],
    ['a: timeout', { timeout: Number.NaN }],
    ['a: timeout', { timeout: '1 minute' }],
    ['retry', { retry: null }],
    ['retry', { retry: 3 }],
    ['retry.maxAttempts', { retry: { maxAttempts: 0 } }],
    ['retry.maxAttempts', { retry: { maxAttempts: 101 } }],
    ['retry.maxAttempts', { retry: { maxAttempts: 2.5 } }],
    ['retry.maxAttempts', { retry: { maxAttempts: '3' } }],
    ['retry.maxAttempts', { retry: { maxAttempts: Number.POSITIVE_INFINITY } }],
    ['retry.backoff.base', { retry: { backoff: { base: 'soon' } } }],
    ['retry.backoff.base', { retry: { backoff: { base: -1 } } }],
    ['retry.backoff.cap', { retry: { backoff: { base: '10m', cap: '5m' } } }],
    ['retry.backoff.cap', { retry: { backoff: { base: '11m' } } }],
    ['retry.backoff.cap', { retry: { backoff: { cap: '367d' } } }],
  ])('refuses a bad %s: %o', (option, options) => {
    const error = refusal(() => define({ name: 'a', schema, ...(options as object) }));
    expect(error).toMatchObject({ code: 'INVALID_OPTION', retryable: false, context: { option } });
    expect(error.message).toMatch(
      new RegExp(`^The option '${option}' is not valid\\. Got: .+\\. Expected: .+`),
    );
  });

  it.each([undefined, null, 'receipt.send'])('refuses %o in place of options', (options) => {
    expect(refusal(() => define(options)).message).toContain('Expected: an object');
  });

  it('says the range that it takes', () => {
    const error = refusal(() => defineJob({ name: 'a', schema, timeout: '20m' }));
    expect(error.message).toBe(
      "The option 'a: timeout' is not valid. Got: 20m. " +
        'Expected: 1s to 14m (a Lambda function runs for at most 900s). Fix: split the work into several jobs.',
    );
  });
});
