import { TemplateInvalidError } from '../errors.ts';
import { within } from '../template/index.ts';
import { announce, type Plan, type PlannedFunction } from './plan.ts';
import type { Properties } from './properties.ts';
import type { ResourceType } from './resource-type.ts';

/** The only version that a run publishes: code and configuration are the template's. */
const VERSION = '1';

export const functionVersion: ResourceType = {
  type: 'AWS::Lambda::Version',
  create({ logicalId, properties, plan }) {
    const target = functionNamed({ properties, plan });
    if (properties.has('ProvisionedConcurrencyConfig'))
      announce(plan, 'Nothing is provisioned warm', logicalId);
    properties.withoutEffect('Description', 'CodeSha256', 'RuntimePolicy').refuseUnread();
    const arn = `${target.arn}:${VERSION}`;
    setVersion(plan, target, VERSION);
    return { ref: arn, attributes: { Version: VERSION, FunctionArn: arn }, physicalName: arn, arn };
  },
};

export const functionAlias: ResourceType = {
  type: 'AWS::Lambda::Alias',
  create({ logicalId, properties, plan }) {
    const target = functionNamed({ properties, plan });
    const name = properties.text('Name');
    if (properties.has('ProvisionedConcurrencyConfig'))
      announce(plan, 'Nothing is provisioned warm', logicalId);
    // A weighted alias would need two versions of the code, and a run has one: refused as unread.
    properties.withoutEffect('FunctionVersion', 'Description').refuseUnread();
    const arn = `${target.arn}:${name}`;
    return { ref: arn, attributes: { AliasArn: arn }, physicalName: `${target.name}:${name}`, arn };
  },
};

/**
 * The function that `FunctionName` means: a name or an ARN, with or without a version or an alias.
 *
 * @throws TemplateInvalidError where it is none of the started stacks.
 */
export function functionNamed(options: { properties: Properties; plan: Plan }): PlannedFunction {
  const { properties, plan } = options;
  const text = properties.text('FunctionName');
  const name = text.startsWith('arn:') ? text.split(':')[6] : text.split(':')[0];
  const target = plan.functions.get(name ?? '');
  if (target !== undefined) return target;
  throw new TemplateInvalidError({
    what: 'the function is none of the started stacks',
    at: within(properties.at, 'FunctionName'),
    got: text,
    expected: `one of ${[...plan.functions.keys()].join(', ') || 'none'}`,
    fix: 'refer to a function of the app',
  });
}

function setVersion(plan: Plan, target: PlannedFunction, version: string): void {
  const environment = { ...target.environment, AWS_LAMBDA_FUNCTION_VERSION: version };
  plan.functions.set(target.name, { ...target, environment });
}
