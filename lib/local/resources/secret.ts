import { createHash } from 'node:crypto';
import { physicalName } from './names.ts';
import { announce } from './plan.ts';
import type { Properties } from './properties.ts';
import type { ResourceType } from './resource-type.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
const DEFAULT_LENGTH = 32;

export const secret: ResourceType = {
  type: 'AWS::SecretsManager::Secret',
  create({ stack, logicalId, properties, plan }) {
    const generated = physicalName({ stack, logicalId, maxLength: 505, run: '' });
    const name = properties.optionalText('Name') ?? generated;
    const { region, account, partition } = plan.surroundings;
    // The service adds six characters to the name.
    const suffix = createHash('sha256').update(name).digest('hex').slice(0, 6);
    const arn = `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
    const generate = properties.optionalObject('GenerateSecretString');
    const value =
      generate === undefined
        ? (properties.optionalText('SecretString') ?? '')
        : generatedValue(generate, arn);
    properties.withoutEffect('Description', 'KmsKeyId', 'ReplicaRegions', 'Tags', 'Type').refuseUnread();
    announce(
      plan,
      'Secrets Manager answers no calls: secrets are filled in where the template names them',
      logicalId,
    );
    plan.secrets.set(arn, value);
    plan.secrets.set(name, value);
    return { ref: arn, attributes: { Id: arn }, physicalName: name, arn };
  },
};

function generatedValue(rules: Properties, seed: string): string {
  const password = passwordOf(rules, seed);
  const key = rules.optionalText('GenerateStringKey');
  const template = rules.optionalText('SecretStringTemplate');
  if (key === undefined || template === undefined) return password;
  return JSON.stringify({ ...(JSON.parse(template) as Record<string, unknown>), [key]: password });
}

/** Not random: the same secret in every run, so that whoever was given it once goes on knowing it. */
function passwordOf(rules: Properties, seed: string): string {
  const excluded = rules.optionalText('ExcludeCharacters') ?? '';
  const without = (name: string, characters: string): string =>
    rules.optionalBoolean(name) === true
      ? ''
      : [...characters].filter((each) => !excluded.includes(each)).join('');
  const classes = [
    without('ExcludeLowercase', LOWER),
    without('ExcludeUppercase', LOWER.toUpperCase()),
    without('ExcludeNumbers', DIGITS),
    without('ExcludePunctuation', PUNCTUATION),
    rules.optionalBoolean('IncludeSpace') === true ? ' ' : '',
  ].filter((each) => each !== '');
  rules.withoutEffect('RequireEachIncludedType');
  const length = rules.optionalNumber('PasswordLength') ?? DEFAULT_LENGTH;
  const bytes = digestBytes(seed, length);
  // The first characters take one class each, as RequireEachIncludedType wants by default.
  return [...bytes]
    .map((byte, index) => {
      const from = classes[index] ?? classes.join('');
      return from.charAt(byte % from.length);
    })
    .join('');
}

function digestBytes(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let size = 0; size < length; size += 32) {
    blocks.push(createHash('sha256').update(`${seed}/${size}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}
