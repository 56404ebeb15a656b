import * as v from 'valibot';
import { check } from './checks.ts';
import { invalid } from './service-error.ts';

const MAX_RESULTS = v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), v.minValue(1), v.maxValue(100));
const DEFAULT_RESULTS = '100';

/** One page of a list that is in order of its ARNs. The token is the last ARN that was given. */
export function page<T extends { readonly arn: string }>(
  items: readonly T[],
  query: URLSearchParams,
): { items: readonly T[]; NextToken?: string } {
  const size = check(MAX_RESULTS, query.get('MaxResults') ?? DEFAULT_RESULTS, 'MaxResults');
  const token = query.get('NextToken');
  const after = token === null ? '' : Buffer.from(token, 'base64url').toString();
  if (token !== null && !after.startsWith('arn:')) throw invalid('Invalid NextToken.');
  const rest = items.filter(({ arn }) => arn > after);
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  const more = last !== undefined && rest.length > size;
  return { items: shown, ...(more && { NextToken: Buffer.from(last.arn).toString('base64url') }) };
}
