import { type Environment, type ErrorContext, isNetworkError, MillraceError } from '../contract/index.ts';
import { UnreachableError } from './errors.ts';

interface NetworkError extends Error {
  readonly code?: unknown;
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
}

/**
 * The error that a failure of the network stands for, or one of an operation on a job that it is the cause of; undefined for
 * any other.
 */
export function unreachable(thrown: unknown, env: Environment): UnreachableError | undefined {
  if (thrown instanceof MillraceError)
    return thrown.code === 'OPERATION_FAILED' ? fromNetwork(thrown.cause, env, thrown.context) : undefined;
  return fromNetwork(thrown, env);
}

function fromNetwork(thrown: unknown, env: Environment, during?: ErrorContext): UnreachableError | undefined {
  // Of a name with several addresses, each has been tried.
  const error: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  if (!(error instanceof Error) || !isNetworkError(error)) return undefined;
  const { code, name, message, hostname, address, port } = error as NetworkError;
  const host = hostname ?? address;
  const endpoint = host === undefined ? configured(env) : placeOf(host, port);
  return new UnreachableError({
    endpoint,
    got: message,
    reason: String(code ?? name),
    during,
    cause: thrown,
  });
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
