import { relative } from 'node:path';
import { watch } from 'chokidar';

/** What a change has to rest for before it is told, in milliseconds: editors write a file in several steps. */
const SETTLE = 150;
/** Never sources of a handler, and large. Below the watched directory only: it may itself lie in one of such a name. */
const IGNORED = /(^|[\\/])(node_modules|\.git|cdk\.out|dist|coverage|\.cache)([\\/]|$)/;
const SOURCE = /\.(ts|tsx|mts|cts|js|mjs|cjs|json)$/;

/** Calls `then` with the sources that changed below a directory, one call at a time, until it is disposed. */
export async function watchSources(
  directory: string,
  then: (paths: readonly string[]) => Promise<void>,
): Promise<AsyncDisposable> {
  const ignored = (path: string) => IGNORED.test(relative(directory, path));
  const watcher = watch(directory, { ignored, ignoreInitial: true });
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let busy: Promise<void> = Promise.resolve();
  watcher.on('all', (_event, path) => {
    if (!SOURCE.test(path)) return;
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const paths = [...changed];
      changed = new Set();
      busy = busy.then(() => then(paths));
    }, SETTLE);
  });
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  return {
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await watcher.close();
      await busy;
    },
  };
}
