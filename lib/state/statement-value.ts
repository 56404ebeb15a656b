import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Characters that mean nothing in PartiQL inside quotes: no quote, no backslash, no control character, no blank. */
const PLAIN = /^[A-Za-z0-9_.:#-]{1,64}$/;
const NUMBER = /^-?\d+$/;

/**
 * A value in a statement: written into it where it is a whole number or plain characters, a parameter otherwise. Most
 * values of a record are ids, counts and times; the SDK spends more on a parameter than on all that a literal costs.
 */
export function statementValue(value: AttributeValue, parameters: AttributeValue[]): string {
  if (value.N !== undefined && NUMBER.test(value.N)) return value.N;
  if (value.S !== undefined && PLAIN.test(value.S)) return `'${value.S}'`;
  parameters.push(value);
  return '?';
}

/** The parameters of a statement: the field has to be absent where there are none. */
export function given(parameters: AttributeValue[]): { Parameters?: AttributeValue[] } {
  return parameters.length > 0 ? { Parameters: parameters } : {};
}
