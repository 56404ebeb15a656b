import { TemplateUnsupportedError } from '../errors.ts';
import { isList, isObject, type Json } from './json.ts';
import { type Location, within } from './location.ts';

/** Gives the text of a secret that the started stacks made, by name or ARN. */
export type SecretLookup = (id: string) => string | undefined;

/** What CloudFormation looks up while it deploys: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
const REFERENCE = /\{\{resolve:([^}]+)\}\}/g;
/** `secretsmanager:<name or ARN>[:SecretString[:<JSON key>[:<stage>[:<version>]]]]` */
const SECRET = /^secretsmanager:(arn:(?:[^:]*:){5}[^:]*|[^:]+)(?::SecretString(?::([^:]*))?(?::.*)?)?$/;

interface Options {
  readonly value: Json;
  readonly secrets: SecretLookup;
  readonly at: Location;
}

/**
 * Puts the values of secrets where properties refer to them. Runs on resolved properties: the CDK joins a reference
 * from pieces.
 *
 * @throws TemplateUnsupportedError for SSM parameters, and for secrets that the started stacks do not make.
 */
export function replaceDynamicReferences({ value, secrets, at }: Options): Json {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (_all, reference: string) => lookUp(reference, secrets, at));
  }
  if (isList(value)) {
    return value.map((each, index) =>
      replaceDynamicReferences({ value: each, secrets, at: within(at, index) }),
    );
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      replaceDynamicReferences({ value: each, secrets, at: within(at, key) }),
    ]),
  );
}

function lookUp(reference: string, secrets: SecretLookup, at: Location): string {
  const [, id, key = ''] = SECRET.exec(reference) ?? [];
  const secret = id === undefined ? undefined : secrets(id);
  const value = secret === undefined || key === '' ? secret : keyOf(secret, key);
  if (value !== undefined) return value;
  throw new TemplateUnsupportedError({
    what: 'this dynamic reference leads out of the started stacks',
    at,
    got: reference,
    expected: 'a secret (and, where one is given, a JSON key of it) of the started stacks',
    fix: 'pass the value by the context or the environment when the app runs locally',
  });
}

function keyOf(secret: string, key: string): string | undefined {
  try {
    const parsed = JSON.parse(secret) as Json;
    const value = isObject(parsed) ? parsed[key] : undefined;
    return value === undefined ? undefined : String(value);
  } catch {
    // Not JSON: it has no keys, and the caller says so.
    return undefined;
  }
}
