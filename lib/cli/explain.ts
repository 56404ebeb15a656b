import pc from 'picocolors';
import { MillraceError } from '../contract/index.ts';
import { SynthError } from './errors.ts';

/** Shows an error as a person wants it: what a failed command said, then the message; a stack only where nobody foresaw it. */
export function explain(error: unknown): string {
  if (!(error instanceof MillraceError)) {
    if (isFromAws(error)) return `${pc.red(`${error.name}:`)} ${error.message}`;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const message = `${pc.red(`${error.name}:`)} ${error.message}`;
  return error instanceof SynthError && error.output !== ''
    ? `${pc.dim(error.output)}\n\n${message}`
    : message;
}

/** What AWS answered, or that it could not be asked: no credentials, no Region. */
function isFromAws(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return '$fault' in error || 'tryNextLink' in error || /^region is missing/i.test(error.message);
}
