import { TemplateUnsupportedError } from '../errors.ts';
import { bucket } from './bucket.ts';
import { eventInvokeConfig } from './event-invoke-config.ts';
import { eventSourceMapping } from './event-source-mapping.ts';
import { lambdaFunction } from './function.ts';
import { functionAlias, functionVersion } from './function-version.ts';
import { managedPolicy, policy, role } from './iam.ts';
import { inertTypes } from './inert.ts';
import { queue } from './queue.ts';
import type { ResourceType } from './resource-type.ts';
import { schedule, scheduleGroup } from './schedule.ts';
import { secret } from './secret.ts';
import { globalTable, table } from './table.ts';

const types: ReadonlyMap<string, ResourceType> = new Map(
  [
    queue,
    table,
    globalTable,
    bucket,
    lambdaFunction,
    functionVersion,
    functionAlias,
    eventSourceMapping,
    eventInvokeConfig,
    role,
    policy,
    managedPolicy,
    secret,
    scheduleGroup,
    schedule,
    ...inertTypes,
  ].map((each) => [each.type, each]),
);

/** @throws TemplateUnsupportedError for a type that the local cloud does not know. */
export function resourceType(options: { stack: string; logicalId: string; type: string }): ResourceType {
  const { stack, logicalId, type } = options;
  const found = types.get(type);
  if (found !== undefined) return found;
  throw new TemplateUnsupportedError({
    what: `the resource type ${type} is not emulated`,
    at: { stack, logicalId, property: 'Type' },
    expected: `one of ${[...types.keys()].join(', ')}`,
    fix: 'put it into a stack of its own and start the local cloud without that stack (option `stacks`)',
  });
}
