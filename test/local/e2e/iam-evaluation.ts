import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { FunctionPolicies, LocalCloud, RecordedCall } from '../../../lib/local/index.ts';

const ACCOUNT = '000000000000';

/** arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole: what the CDK attaches to a plain function's role. */
const BASIC_EXECUTION = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: '*',
    },
  ],
};

/** One action on one resource, as a policy grants it or a call needs it. */
export interface Permission {
  /** The function's logical id. */
  readonly function: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the call. */
  readonly context?: Readonly<Record<string, string>>;
}

/** What the calls of functions needed, each permission once. */
export function needed(calls: readonly RecordedCall[]): Permission[] {
  const all = calls.flatMap(({ logicalId, requires }) =>
    logicalId === undefined ? [] : requires.map((each) => ({ function: logicalId, ...each })),
  );
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
}

/** Those permissions that the policies of their function do not give, by IAM's own rules of evaluation. */
export function denied(cloud: LocalCloud, permissions: readonly Permission[]): Promise<Permission[]> {
  return refusedOf(permissions, (permission) => cloud.policies(permission.function));
}

/** What Scheduler is to do for schedules, each permission once; the role's ARN stands for the function. */
export function neededBySchedules(calls: readonly RecordedCall[]): Permission[] {
  return calls.flatMap(({ roleArn, requires }) =>
    roleArn === undefined ? [] : requires.map((each) => ({ function: roleArn, ...each })),
  );
}

/** Those of them that the policies of the role do not give. */
export function deniedToSchedules(
  cloud: LocalCloud,
  permissions: readonly Permission[],
): Promise<Permission[]> {
  return refusedOf(permissions, (permission) => cloud.rolePolicies(permission.function));
}

async function refusedOf(
  permissions: readonly Permission[],
  policiesOf: (permission: Permission) => FunctionPolicies,
): Promise<Permission[]> {
  const refused: Permission[] = [];
  for (const permission of permissions) {
    const { action, resource } = permission;
    const { documents, managedPolicyArns } = policiesOf(permission);
    const own = documents.map(({ name, document }) => ({ name, policy: document }));
    const basic = managedPolicyArns.some((arn) => arn.endsWith('/AWSLambdaBasicExecutionRole'));
    const result = await runSimulation(
      {
        request: {
          principal: `arn:aws:iam::${ACCOUNT}:role/${permission.function.split('/').at(-1)}`,
          action,
          resource: { resource, accountId: ACCOUNT },
          contextVariables: permission.context ?? {},
        },
        identityPolicies: basic ? [...own, { name: 'basic', policy: BASIC_EXECUTION }] : own,
        serviceControlPolicies: [],
        resourceControlPolicies: [],
      },
      {},
    );
    if (result.resultType === 'error') throw new Error(`${action} ${resource}: ${result.errors.message}`);
    if (result.overallResult !== 'Allowed') refused.push(permission);
  }
  return refused;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** What the template's own policies of a function grant, each action and resource apart. */
export function granted(cloud: LocalCloud, functionId: string): Permission[] {
  const statements = cloud
    .policies(functionId)
    .documents.flatMap(({ document }) => (document as unknown as { Statement: Statement[] }).Statement);
  return statements.flatMap(({ Action, Resource }) =>
    list(Action).flatMap((action) =>
      list(Resource).map((resource) => ({ function: functionId, action, resource })),
    ),
  );
}

/** Grants that no call needed. */
export function unused(grants: readonly Permission[], used: readonly Permission[]): Permission[] {
  return grants.filter(
    (grant) =>
      !used.some(
        (need) =>
          need.function === grant.function &&
          matches(grant.action, need.action) &&
          matches(grant.resource, need.resource),
      ),
  );
}

function matches(pattern: string, value: string): boolean {
  const source = pattern.split('*').map((text) => text.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(value);
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
