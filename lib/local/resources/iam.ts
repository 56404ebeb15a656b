import type { Json } from '../template/index.ts';
import { physicalName } from './names.ts';
import type { Plan, PlannedRole } from './plan.ts';
import type { Properties } from './properties.ts';
import type { ResourceType } from './resource-type.ts';

// No call is refused locally. The policies are kept, resolved, so that a test can judge the calls that were made.

export const role: ResourceType = {
  type: 'AWS::IAM::Role',
  create({ stack, logicalId, properties, plan }) {
    const name =
      properties.optionalText('RoleName') ?? physicalName({ stack, logicalId, maxLength: 64, run: '' });
    const arn = iamArn(plan, `role${properties.optionalText('Path') ?? '/'}${name}`);
    plan.roles.set(name, {
      name,
      arn,
      documents: properties.objects('Policies').map((policy) => ({
        name: policy.text('PolicyName'),
        document: documentOf(policy),
      })),
      managedPolicyArns: properties.texts('ManagedPolicyArns'),
    });
    properties
      .withoutEffect(
        'AssumeRolePolicyDocument',
        'Description',
        'MaxSessionDuration',
        'PermissionsBoundary',
        'Tags',
      )
      .refuseUnread();
    return { ref: name, attributes: { Arn: arn, RoleId: `AROA${name}` }, physicalName: name, arn };
  },
};

export const policy: ResourceType = {
  type: 'AWS::IAM::Policy',
  create({ properties, plan }) {
    const name = properties.text('PolicyName');
    const document = documentOf(properties);
    for (const each of rolesOf(properties, plan)) each.documents.push({ name, document });
    properties.withoutEffect('Users', 'Groups').refuseUnread();
    return { ref: name, attributes: { Id: name }, physicalName: name };
  },
};

export const managedPolicy: ResourceType = {
  type: 'AWS::IAM::ManagedPolicy',
  create({ stack, logicalId, properties, plan }) {
    const generated = physicalName({ stack, logicalId, maxLength: 128, run: '' });
    const name = properties.optionalText('ManagedPolicyName') ?? generated;
    const arn = iamArn(plan, `policy${properties.optionalText('Path') ?? '/'}${name}`);
    plan.managedPolicies.set(arn, { name, document: documentOf(properties) });
    for (const each of rolesOf(properties, plan)) each.managedPolicyArns.push(arn);
    properties.withoutEffect('Users', 'Groups', 'Description').refuseUnread();
    return { ref: arn, attributes: { PolicyArn: arn }, physicalName: name, arn };
  },
};

/** The roles that a policy attaches to; roles from outside of the app are nobody's here. */
function rolesOf(properties: Properties, plan: Plan): PlannedRole[] {
  return properties.texts('Roles').flatMap((name) => plan.roles.get(name) ?? []);
}

function documentOf(properties: Properties): Json {
  return properties.json('PolicyDocument') ?? {};
}

function iamArn(plan: Plan, resource: string): string {
  const { partition, account } = plan.surroundings;
  return `arn:${partition}:iam::${account}:${resource}`;
}
