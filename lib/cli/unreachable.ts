import { type Environment, MillraceError } from '../contract/index.ts';
import { UnreachableError } from './errors.ts';

/** How Node says that the other side was not reached, or broke off. */
const CODES: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
]);

interface NetworkError extends Error {
  readonly code?: unknown;
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
}

/** The error that a failure of the network stands for; undefined for any other. */
export function unreachable(thrown: unknown, env: Environment): UnreachableError | undefined {
  // Of a name with several addresses, each has been tried.
  const error: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  if (!(error instanceof Error) || error instanceof MillraceError) return undefined;
  const { code, name, message, hostname, address, port } = error as NetworkError;
  // The SDK's own name for what took too long, or broke off.
  const late = name === 'TimeoutError' && '$metadata' in error;
  if (!CODES.has(code) && !late) return undefined;
  const host = hostname ?? address;
  const endpoint = host === undefined ? configured(env) : placeOf(host, port);
  return new UnreachableError({ endpoint, got: message, reason: String(code ?? name), cause: thrown });
}

function placeOf(host: string, port: number | undefined): string {
  if (port === undefined) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What the SDK would ask, as it reads it. */
function configured(env: Environment): string {
  const urls = Object.entries(env).flatMap(([name, url]) =>
    url && /^AWS_ENDPOINT_URL(_|$)/.test(name) ? [url] : [],
  );
  if (urls.length > 0) return [...new Set(urls)].join(' or ');
  const region = env['AWS_REGION'];
  return region ? `AWS in ${region}` : 'AWS';
}
