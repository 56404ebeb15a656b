import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PayloadInvalidError, parseWith, type Schema } from '../../lib/contract/index.ts';

async function issues(schema: Schema, value: unknown): Promise<unknown> {
  const error = await parseWith(schema, value, 'receipt.send').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(PayloadInvalidError);
  return (error as PayloadInvalidError).issues;
}

describe('parseWith', () => {
  it("gives the schema's output, whichever library it is of", async () => {
    const trimmed = z.object({ to: z.string().trim(), copies: z.number().default(1) });
    expect(await parseWith(trimmed, { to: ' a ' }, 'a')).toEqual({ to: 'a', copies: 1 });
    expect(await parseWith(v.pipe(v.string(), v.trim()), ' a ', 'a')).toBe('a');
  });

  it('waits for a schema that takes its time', async () => {
    const known = z.string().refine(async (id) => id === '42', 'no such order');
    expect(await parseWith(known, '42', 'a')).toBe('42');
    expect(await issues(known, '43')).toEqual([{ path: '', message: 'no such order' }]);
  });

  it('names every issue with its path', async () => {
    const schema = z.object({ to: z.string(), lines: z.array(z.object({ price: z.number() })) });
    expect(await issues(schema, { lines: [{ price: 1 }, { price: 'two' }] })).toEqual([
      { path: 'to', message: expect.any(String) },
      { path: 'lines.1.price', message: expect.any(String) },
    ]);
    const same = v.object({ lines: v.array(v.object({ price: v.number() })) });
    expect(await issues(same, { lines: [{ price: 'one' }] })).toEqual([
      { path: 'lines.0.price', message: expect.any(String) },
    ]);
  });

  it('counts an undefined output as an output', async () => {
    expect(await parseWith(z.string().optional(), undefined, 'a')).toBeUndefined();
  });
});
