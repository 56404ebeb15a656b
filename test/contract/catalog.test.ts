import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CatalogError, defineCatalog, defineJob, lookUp, UnknownJobError } from '../../lib/contract/index.ts';

const a = defineJob({ name: 'a', schema: z.string() });
const b = defineJob({ name: 'b', schema: z.string() });

describe('a catalog', () => {
  it('finds its types by name', () => {
    const catalog = defineCatalog([a, b]);
    expect(catalog.jobs).toEqual([a, b]);
    expect(catalog.find('b')).toBe(b);
    expect(catalog.find('c')).toBeUndefined();
    expect(catalog.find('constructor')).toBeUndefined();
  });

  it('refuses two types of one name', () => {
    const other = defineJob({ name: 'a', schema: z.number() });
    expect(() => defineCatalog([a, b, other])).toThrow(CatalogError);
    expect(() => defineCatalog([a, a])).toThrow("Two job types of the catalog have the name 'a'");
  });

  it('may be empty', () => {
    expect(() => lookUp(defineCatalog([]), 'a')).toThrow('the catalog is empty');
  });
});

describe('lookUp', () => {
  const catalog = defineCatalog([a, b]);

  it('takes a name or a declaration', () => {
    expect(lookUp(catalog, 'a')).toBe(a);
    expect(lookUp(catalog, b)).toBe(b);
  });

  it('goes by the declaration of its own catalog: the caller may hold another copy', () => {
    expect(lookUp(catalog, defineJob({ name: 'a', schema: z.string() }))).toBe(a);
  });

  it.each(['c', '', 'toString'])("names the types that there are when asked for '%s'", (name) => {
    const error = (() => {
      try {
        return lookUp(catalog, name);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(UnknownJobError);
    expect(error).toMatchObject({ code: 'UNKNOWN_JOB', context: { name } });
    expect(String(error)).toContain("one of 'a', 'b'");
  });
});
