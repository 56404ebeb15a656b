/**
 * The URL of a module beside the caller's, for a thread or process that is started from a file.
 * The extension is the caller's: `.ts` in this repository, `.js` in the published package.
 */
export function siblingModule(name: string, callerUrl: string): URL {
  const extension = callerUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(`./${name}${extension}`, callerUrl);
}
