import pc from 'picocolors';
import { MillraceError } from '../contract/index.ts';
import { SynthError } from './errors.ts';

/** Shows an error as a person wants it: what a failed command said, then the message; a stack only where it is not ours. */
export function explain(error: unknown): string {
  if (!(error instanceof MillraceError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const message = `${pc.red(`${error.name}:`)} ${error.message}`;
  return error instanceof SynthError && error.output !== ''
    ? `${pc.dim(error.output)}\n\n${message}`
    : message;
}
