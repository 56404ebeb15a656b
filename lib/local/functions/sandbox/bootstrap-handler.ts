import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InvokeError } from '../invocation.ts';

export type Callback = (error?: unknown, result?: unknown) => void;
export type Handler = (event: unknown, context: unknown, callback: Callback) => unknown;

/** Lambda's order first; TypeScript last, which only a source directory has. */
const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** Loads `dir/file.export` (or `file.object.method`) from the code directory. Fails as Lambda's runtime does. */
export async function loadHandler(codeDir: string, handler: string): Promise<Handler> {
  const base = basename(handler);
  const dot = base.indexOf('.');
  if (dot < 1) throw named('Runtime.MalformedHandlerName', `Bad handler '${handler}': expected file.export`);
  const stem = resolve(codeDir, dirname(handler), base.slice(0, dot));
  const file = EXTENSIONS.map((extension) => stem + extension).find((path) => existsSync(path));
  if (file === undefined) {
    throw named('Runtime.ImportModuleError', `Cannot find module '${stem}' (tried ${EXTENSIONS.join(', ')})`);
  }
  const module: unknown = await import(pathToFileURL(file).href);
  const path = base.slice(dot + 1).split('.');
  // A CommonJS bundle whose exports cannot be seen statically has them under `default` only.
  const found = lookUp(module, path) ?? lookUp(lookUp(module, ['default']), path);
  if (typeof found !== 'function') {
    throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported as a function`);
  }
  return found as Handler;
}

/** An error as Lambda reports it: whatever was thrown, told as type, message and stack. */
export function toInvokeError(thrown: unknown): InvokeError {
  if (thrown instanceof Error) {
    return {
      errorType: thrown.name,
      errorMessage: thrown.message,
      trace: (thrown.stack ?? '').split('\n'),
    };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

export function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (found === null || (typeof found !== 'object' && typeof found !== 'function')) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}
