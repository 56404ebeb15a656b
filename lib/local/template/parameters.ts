import type { Json } from './json.ts';
import type { Template } from './template.ts';

export interface Surroundings {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
}

/**
 * Pseudo parameters and the defaults of the template's own, as names to values.
 *
 * A parameter without a default is left out: referring to it is the error, not having it. So is one whose default
 * names an SSM parameter (CDK's BootstrapVersion): its value lies in an account.
 */
export function parameterValues(template: Template, surroundings: Surroundings): Map<string, Json> {
  const { region, account, partition } = surroundings;
  const values = new Map<string, Json>([
    ['AWS::Region', region],
    ['AWS::AccountId', account],
    ['AWS::Partition', partition],
    ['AWS::StackName', template.stack],
    ['AWS::StackId', `arn:${partition}:cloudformation:${region}:${account}:stack/${template.stack}/local`],
    ['AWS::URLSuffix', 'amazonaws.com'],
    ['AWS::NotificationARNs', []],
  ]);
  for (const [name, definition] of Object.entries(template.parameters)) {
    const { Type: type, Default: value } = definition;
    if (value === undefined || (typeof type === 'string' && type.startsWith('AWS::SSM::'))) continue;
    const list = type === 'CommaDelimitedList' || (typeof type === 'string' && type.startsWith('List<'));
    values.set(
      name,
      list
        ? String(value)
            .split(',')
            .map((each) => each.trim())
        : value,
    );
  }
  return values;
}

/** Why a parameter has no value, for the error of the expression that refers to it. */
export function parametersWithoutValue(
  template: Template,
  values: ReadonlyMap<string, Json>,
): Map<string, string> {
  const names = Object.keys(template.parameters).filter((name) => !values.has(name));
  return new Map(names.map((name) => [name, 'it is a parameter without a default that is known locally']));
}
