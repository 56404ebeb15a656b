import type { AssemblyStack } from './assembly.ts';
import { NotInCloudError } from './errors.ts';
import { type CreatedResource, type Plan, Properties, resourceType } from './resources/index.ts';
import {
  creationOrder,
  evaluateCondition,
  isObject,
  isScalar,
  type Json,
  parametersWithoutValue,
  parameterValues,
  replaceDynamicReferences,
  resolveText,
  resolveValue,
  type Scope,
} from './template/index.ts';

/** A resource of a started stack. */
export interface LocalResource extends CreatedResource {
  readonly stack: string;
  readonly logicalId: string;
  /** CloudFormation type. */
  readonly type: string;
  /** Construct path, such as `Stack/Jobs/Queue/Resource`, where the assembly tells it. */
  readonly path?: string;
}

export interface Deployment {
  readonly resources: readonly LocalResource[];
  /** By stack name, then output name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Creates the resources of `stacks`, each after what it needs, and adds functions and event sources to `plan`. */
export async function deploy(options: { stacks: readonly AssemblyStack[]; plan: Plan }): Promise<Deployment> {
  const { stacks, plan } = options;
  const exports = new Map<string, Json>();
  const outputs = new Map<string, Map<string, Json>>();
  const resources: LocalResource[] = [];
  for (const stack of stacks) {
    const scope = scopeOf({ stack, plan, exports, outputs });
    resources.push(...(await createResources({ stack, plan, scope })));
    outputs.set(stack.name, resolveOutputs({ stack, scope, exports }));
  }
  return { resources, outputs: asText(outputs) };
}

/**
 * The stacks of the given names and everything they depend on, in the order of the assembly.
 *
 * @throws NotInCloudError for a name that the assembly does not have.
 */
export function selectStacks(
  all: readonly AssemblyStack[],
  names: readonly string[] | undefined,
): AssemblyStack[] {
  if (names === undefined) return [...all];
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const stack = all.find((each) => each.name === name);
    if (stack === undefined)
      throw new NotInCloudError({ kind: 'stack', name, known: all.map((each) => each.name) });
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const dependency of stack.dependencies) add(dependency);
  };
  for (const name of names) add(name);
  return all.filter((stack) => wanted.has(stack.name));
}

/**
 * Looks for what cannot be made before anything is started for it.
 *
 * @throws TemplateUnsupportedError for the first resource type that the local cloud does not know.
 */
export function refuseUnknownTypes(stacks: readonly AssemblyStack[]): void {
  for (const { name: stack, template } of stacks) {
    for (const [logicalId, { type, condition }] of Object.entries(template.resources)) {
      // Under a condition that is false, any type may stand.
      if (condition === undefined) resourceType({ stack, logicalId, type });
    }
  }
}

interface StackScope extends Scope {
  readonly resources: Map<string, CreatedResource>;
  readonly absent: Map<string, string>;
}

interface ScopeOptions {
  readonly stack: AssemblyStack;
  readonly plan: Plan;
  readonly exports: ReadonlyMap<string, Json>;
  readonly outputs: ReadonlyMap<string, ReadonlyMap<string, Json>>;
}

function scopeOf({ stack, plan, exports, outputs }: ScopeOptions): StackScope {
  const { template } = stack;
  const values = parameterValues(template, plan.surroundings);
  return {
    stack: stack.name,
    values,
    mappings: template.mappings,
    conditions: template.conditions,
    resources: new Map(),
    absent: parametersWithoutValue(template, values),
    exports,
    outputs,
  };
}

interface CreateOptions {
  readonly stack: AssemblyStack;
  readonly plan: Plan;
  readonly scope: StackScope;
}

async function createResources({ stack, plan, scope }: CreateOptions): Promise<LocalResource[]> {
  const { template, assets, paths } = stack;
  const created: LocalResource[] = [];
  for (const logicalId of creationOrder(template)) {
    const definition = template.resources[logicalId];
    if (definition === undefined) continue;
    const at = { stack: stack.name, logicalId, property: 'Properties' };
    const { type, condition } = definition;
    if (condition !== undefined && !evaluateCondition(condition, scope, at)) {
      scope.absent.set(logicalId, `its condition ${condition} is false`);
      continue;
    }
    const kind = resourceType({ stack: stack.name, logicalId, type });
    const value = resolveValue(definition.properties, scope, at);
    const values = replaceDynamicReferences({ value, secrets: (id) => plan.secrets.get(id), at });
    const properties = new Properties({ values: isObject(values) ? values : {}, at });
    const resource = await kind.create({ stack: stack.name, logicalId, properties, assets, plan });
    scope.resources.set(logicalId, resource);
    created.push({ ...resource, stack: stack.name, logicalId, type, path: paths.get(logicalId) });
  }
  return created;
}

interface OutputOptions {
  readonly stack: AssemblyStack;
  readonly scope: Scope;
  readonly exports: Map<string, Json>;
}

function resolveOutputs({ stack, scope, exports }: OutputOptions): Map<string, Json> {
  const resolved = new Map<string, Json>();
  for (const [name, { value, exportName, condition }] of Object.entries(stack.template.outputs)) {
    const at = { stack: stack.name, logicalId: name, property: 'Value' };
    if (condition !== undefined && !evaluateCondition(condition, scope, at)) continue;
    const result = resolveValue(value, scope, at);
    resolved.set(name, result);
    if (exportName !== undefined)
      exports.set(resolveText(exportName, scope, { ...at, property: 'Export' }), result);
  }
  return resolved;
}

function asText(
  outputs: ReadonlyMap<string, ReadonlyMap<string, Json>>,
): Record<string, Record<string, string>> {
  return Object.fromEntries(
    [...outputs].map(([stack, values]) => [
      stack,
      Object.fromEntries(
        [...values].map(([name, value]) => [name, isScalar(value) ? String(value) : JSON.stringify(value)]),
      ),
    ]),
  );
}
