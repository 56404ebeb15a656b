import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Catalog } from '../contract/index.ts';
import { CatalogFileError } from './errors.ts';

/**
 * The `catalog` that a module of the application exports.
 *
 * @throws {CatalogFileError}
 */
export async function loadCatalog(directory: string, file: string): Promise<Catalog> {
  const path = resolve(directory, file);
  let loaded: { readonly catalog?: Partial<Catalog> };
  try {
    loaded = (await import(pathToFileURL(path).href)) as typeof loaded;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new CatalogFileError({ path, got, cause });
  }
  const { catalog } = loaded;
  if (Array.isArray(catalog?.jobs) && typeof catalog.find === 'function') return catalog as Catalog;
  throw new CatalogFileError({ path, got: `exports ${Object.keys(loaded).join(', ') || 'nothing'}` });
}
