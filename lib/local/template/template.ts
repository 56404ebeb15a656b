import { AssemblyError, TemplateInvalidError, TemplateUnsupportedError } from '../errors.ts';
import { brief, isObject, type Json, type JsonObject } from './json.ts';

export interface ResourceDefinition {
  readonly type: string;
  readonly properties: JsonObject;
  readonly condition?: string;
  readonly dependsOn: readonly string[];
}

export interface OutputDefinition {
  readonly value: Json;
  readonly exportName?: Json;
  readonly condition?: string;
}

export interface Template {
  readonly stack: string;
  readonly parameters: Readonly<Record<string, JsonObject>>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  readonly outputs: Readonly<Record<string, OutputDefinition>>;
}

/** Rules judge the parameters of a deploy, Metadata is for people: neither changes what runs. */
const IGNORED = ['AWSTemplateFormatVersion', 'Description', 'Metadata', 'Rules'];
const KNOWN = ['Parameters', 'Mappings', 'Conditions', 'Resources', 'Outputs', ...IGNORED];

/** Gives a parsed template file its types, and refuses sections that would change what runs (Transform, Hooks). */
export function parseTemplate(stack: string, document: Json): Template {
  if (!isObject(document)) {
    throw new AssemblyError({
      what: `The template of stack ${stack} is not a JSON object`,
      got: brief(document),
      fix: 'synthesise the app again',
    });
  }
  for (const section of Object.keys(document)) {
    if (KNOWN.includes(section)) continue;
    throw new TemplateUnsupportedError({
      what: `the template section ${section} is not emulated`,
      at: { stack, property: section },
      fix: `keep what needs ${section} in a stack of its own and start the local cloud without it (option \`stacks\`)`,
    });
  }
  return {
    stack,
    parameters: objectsOf(stack, 'Parameters', document),
    mappings: section(stack, 'Mappings', document),
    conditions: section(stack, 'Conditions', document),
    resources: Object.fromEntries(
      Object.entries(objectsOf(stack, 'Resources', document)).map(([id, raw]) => [
        id,
        resourceOf(stack, id, raw),
      ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(objectsOf(stack, 'Outputs', document)).map(([id, raw]) => [
        id,
        outputOf(stack, id, raw),
      ]),
    ),
  };
}

function resourceOf(stack: string, logicalId: string, raw: JsonObject): ResourceDefinition {
  const { Type: type, Properties: properties = {}, Condition: condition, DependsOn: dependsOn = [] } = raw;
  if (typeof type !== 'string' || !isObject(properties)) {
    throw invalid(stack, logicalId, 'a resource needs a Type and an object of Properties', raw);
  }
  const wanted = Array.isArray(dependsOn) ? dependsOn : [dependsOn];
  return {
    type,
    properties,
    condition: typeof condition === 'string' ? condition : undefined,
    dependsOn: wanted.filter((id): id is string => typeof id === 'string'),
  };
}

function outputOf(stack: string, logicalId: string, raw: JsonObject): OutputDefinition {
  const { Value: value, Export: exported, Condition: condition } = raw;
  if (value === undefined) throw invalid(stack, logicalId, 'an output needs a Value', raw);
  return {
    value,
    exportName: isObject(exported) ? exported['Name'] : undefined,
    condition: typeof condition === 'string' ? condition : undefined,
  };
}

function section(stack: string, name: string, document: JsonObject): JsonObject {
  const value = document[name] ?? {};
  if (!isObject(value)) throw invalid(stack, name, 'a section is an object', value);
  return value;
}

function objectsOf(stack: string, name: string, document: JsonObject): Record<string, JsonObject> {
  const entries = Object.entries(section(stack, name, document)).map(([id, value]): [string, JsonObject] => {
    if (!isObject(value)) throw invalid(stack, id, `each entry of ${name} is an object`, value);
    return [id, value];
  });
  return Object.fromEntries(entries);
}

function invalid(stack: string, logicalId: string, what: string, got: Json): TemplateInvalidError {
  return new TemplateInvalidError({
    what,
    at: { stack, logicalId },
    got: brief(got),
    fix: 'synthesise the app again',
  });
}
