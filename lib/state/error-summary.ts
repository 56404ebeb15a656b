import { describeThrown, digest, MillraceError, textOf } from '../contract/index.ts';
import type { ErrorSummary } from './record.ts';

const NAME_LENGTH = 100;
const MESSAGE_LENGTH = 300;
const STACK_LENGTH = 4_000;

/** What a record keeps of an error. Anything can be thrown; anything can be kept. */
export function summarise(type: string, error: unknown): ErrorSummary {
  const { name, message } = describeThrown(error);
  return {
    name: clip(name, NAME_LENGTH),
    message: clip(message, MESSAGE_LENGTH),
    fingerprint: fingerprint(type, name, message),
  };
}

/** What an attempt's item keeps besides: the stack and the causes. */
export function detail(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { value: clip(textOf(error), STACK_LENGTH) };
  const details: Record<string, string> = { stack: clip(textOf(error.stack ?? ''), STACK_LENGTH) };
  if (error instanceof MillraceError) details['code'] = error.code;
  if (error.cause !== undefined) details['cause'] = clip(textOf(error.cause), MESSAGE_LENGTH);
  return details;
}

/** Ids, numbers and quoted texts do not count: what is left is the kind of error. */
function fingerprint(type: string, name: string, message: string): string {
  const kind = message
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-HJKMNP-TV-Z]{26}|\b[0-9a-f]{12,}\b/gi, '#')
    .replace(/'[^']*'|"[^"]*"/g, '#')
    .replace(/\d+/g, '#');
  return digest(`${type}\n${name}\n${kind}`).slice(0, 12);
}

function clip(text: string, length: number): string {
  // The cut may split a character in two; half of one is no text to DynamoDB.
  return text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;
}
