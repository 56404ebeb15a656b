import { isDeepStrictEqual } from 'node:util';
import type { AssemblyStack, FileAsset } from './assembly.ts';
import { ReplaceCodeError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './template/index.ts';

/** A function whose code is another directory now. */
export interface CodeChange {
  readonly stack: string;
  readonly logicalId: string;
  readonly codeDir: string;
}

/**
 * What code differs between two assemblies of the same app.
 *
 * @throws ReplaceCodeError where anything else differs.
 */
export function codeChanges(options: {
  before: readonly AssemblyStack[];
  after: readonly AssemblyStack[];
}): CodeChange[] {
  const { before, after } = options;
  const differences: string[] = [];
  const changes: CodeChange[] = [];
  for (const old of before) {
    const now = after.find((stack) => stack.name === old.name);
    if (now === undefined) {
      differences.push(`stack ${old.name} is gone`);
      continue;
    }
    differences.push(...templateDifferences(old, now));
    changes.push(...functionChanges(old, now));
  }
  if (differences.length > 0) throw new ReplaceCodeError({ differences });
  return changes;
}

function functionChanges(before: AssemblyStack, after: AssemblyStack): CodeChange[] {
  return Object.entries(after.template.resources).flatMap(([logicalId, { type, properties }]) => {
    if (type !== 'AWS::Lambda::Function') return [];
    const key = codeKey(properties);
    const asset = after.assets.find((each) => each.objectKey === key);
    const old = codeKey(before.template.resources[logicalId]?.properties ?? {});
    if (asset === undefined || old === key) return [];
    return [{ stack: after.name, logicalId, codeDir: asset.path }];
  });
}

function templateDifferences(before: AssemblyStack, after: AssemblyStack): string[] {
  const [old, now] = [comparable(before), comparable(after)];
  const ids = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...ids].filter((id) => !isDeepStrictEqual(old[id], now[id])).map((id) => `${after.name} › ${id}`);
}

/** A template without what a change of code alone changes: asset keys, version ids, and the CDK's own metadata. */
function comparable({ template, assets }: AssemblyStack): JsonObject {
  const { resources, outputs, mappings, conditions, parameters } = template;
  const versions = new Map<string, string>();
  for (const [id, { type, properties }] of Object.entries(resources)) {
    if (type === 'AWS::Lambda::Version') versions.set(id, versionName(properties));
  }
  const whole: Record<string, Json> = {};
  for (const [id, { type, properties, condition, dependsOn }] of Object.entries(resources)) {
    if (type === 'AWS::CDK::Metadata') continue;
    whole[id] = { type, properties, dependsOn: [...dependsOn], condition: condition ?? null };
  }
  const text = JSON.stringify({ ...whole, outputs, mappings, conditions, parameters });
  return JSON.parse(withoutNames(text, versions, assets)) as JsonObject;
}

function withoutNames(
  text: string,
  versions: ReadonlyMap<string, string>,
  assets: readonly FileAsset[],
): string {
  let result = text;
  for (const [id, name] of versions) result = result.replaceAll(`"${id}"`, JSON.stringify(name));
  for (const { objectKey } of assets) result = result.replaceAll(`"${objectKey}"`, '"code"');
  return result;
}

/** The CDK puts a hash of code and configuration into the id of `currentVersion`. */
function versionName(properties: JsonObject): string {
  return `version of ${JSON.stringify(properties['FunctionName'] ?? null)}`;
}

function codeKey(properties: JsonObject): Json | undefined {
  const code = properties['Code'];
  return isObject(code) ? code['S3Key'] : undefined;
}
