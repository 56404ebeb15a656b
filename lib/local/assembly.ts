import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve as resolvePath } from 'node:path';
import { AssemblyError } from './errors.ts';
import {
  brief,
  isList,
  isObject,
  type Json,
  type JsonObject,
  parseTemplate,
  type Template,
} from './template/index.ts';

/** A file asset: what the CDK would upload to the bootstrap bucket. */
export interface FileAsset {
  /** Its object key there, which is what `Code.S3Key` of a function says. */
  readonly objectKey: string;
  /** Absolute path of the directory (packaging `zip`) or file. */
  readonly path: string;
  readonly packaging: 'zip' | 'file';
}

export interface AssemblyStack {
  /** Name of the stack in CloudFormation. */
  readonly name: string;
  /** Absent where the stack is environment-agnostic. */
  readonly region?: string;
  readonly template: Template;
  readonly assets: readonly FileAsset[];
  /** Construct path (`Stack/Queue/Resource`) by logical id. */
  readonly paths: ReadonlyMap<string, string>;
  /** Names of the stacks that have to be created before. */
  readonly dependencies: readonly string[];
}

export interface Assembly {
  readonly directory: string;
  /** Each after its dependencies. */
  readonly stacks: readonly AssemblyStack[];
}

/** Anything with a `synth()` that writes a cloud assembly, such as a CDK `App`. */
export interface Synthesisable {
  synth(): { readonly directory: string };
}

/**
 * Reads a cloud assembly: the output directory of `cdk synth`, nested assemblies of stages included.
 *
 * @throws AssemblyError where the directory is none, or a file in it is missing or malformed.
 */
export async function readAssembly(app: string | Synthesisable): Promise<Assembly> {
  const directory = resolvePath(typeof app === 'string' ? app : app.synth().directory);
  const stacks = await readDirectory(directory);
  if (stacks.length === 0) {
    throw new AssemblyError({
      what: `The cloud assembly ${directory} holds no stack`,
      fix: 'add a stack to the app and synthesise it again',
    });
  }
  return { directory, stacks: dependencyOrder(stacks) };
}

async function readDirectory(directory: string): Promise<AssemblyStack[]> {
  const manifest = await readJson(join(directory, 'manifest.json'));
  const artifacts = field(manifest, 'artifacts');
  const stacks: AssemblyStack[] = [];
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isObject(artifact)) continue;
    if (artifact['type'] === 'aws:cloudformation:stack')
      stacks.push(await readStack(directory, id, artifacts));
    if (artifact['type'] === 'cdk:cloud-assembly') {
      const nested = text(field(artifact, 'properties'), 'directoryName');
      if (nested !== undefined) stacks.push(...(await readDirectory(join(directory, nested))));
    }
  }
  return stacks;
}

async function readStack(directory: string, id: string, artifacts: JsonObject): Promise<AssemblyStack> {
  const artifact = field(artifacts, id);
  const properties = field(artifact, 'properties');
  const name = text(properties, 'stackName') ?? id;
  const templateFile = text(properties, 'templateFile') ?? `${id}.template.json`;
  const needed = list(artifact, 'dependencies');
  return {
    name,
    region: regionOf(text(artifact, 'environment')),
    template: parseTemplate(name, await readJson(join(directory, templateFile))),
    assets: await readAssets(directory, needed, artifacts),
    paths: await readPaths(directory, artifact),
    dependencies: needed.flatMap((dependency) => {
      const other = artifacts[dependency];
      if (!isObject(other) || other['type'] !== 'aws:cloudformation:stack') return [];
      return [text(field(other, 'properties'), 'stackName') ?? dependency];
    }),
  };
}

/** `aws://account/region`, where either may be `unknown-…`. */
function regionOf(environment: string | undefined): string | undefined {
  const region = environment?.split('/')[3];
  return region === undefined || region.startsWith('unknown-') ? undefined : region;
}

async function readAssets(
  directory: string,
  needed: readonly string[],
  artifacts: JsonObject,
): Promise<FileAsset[]> {
  const assets: FileAsset[] = [];
  for (const dependency of needed) {
    const artifact = artifacts[dependency];
    if (!isObject(artifact) || artifact['type'] !== 'cdk:asset-manifest') continue;
    const file = text(field(artifact, 'properties'), 'file') ?? `${dependency}.json`;
    const files = field(await readJson(join(directory, file)), 'files');
    for (const entry of Object.values(files)) {
      if (isObject(entry)) assets.push(...assetsOf(directory, entry));
    }
  }
  return assets;
}

function assetsOf(directory: string, entry: JsonObject): FileAsset[] {
  const source = field(entry, 'source');
  const path = text(source, 'path');
  if (path === undefined) return [];
  return Object.values(field(entry, 'destinations')).flatMap((destination) => {
    const objectKey = isObject(destination) ? text(destination, 'objectKey') : undefined;
    if (objectKey === undefined) return [];
    const absolute = isAbsolute(path) ? path : join(directory, path);
    return [{ objectKey, path: absolute, packaging: source['packaging'] === 'zip' ? 'zip' : 'file' }];
  });
}

/** The manifest (or the file it points at) records the logical id of every construct by its path. */
async function readPaths(directory: string, artifact: JsonObject): Promise<Map<string, string>> {
  const file = text(artifact, 'additionalMetadataFile');
  const elsewhere = file === undefined ? {} : await readJson(join(directory, file));
  const inline = artifact['metadata'];
  const paths = new Map<string, string>();
  for (const metadata of [inline, elsewhere]) {
    if (!isObject(metadata)) continue;
    for (const [path, entries] of Object.entries(metadata)) {
      for (const entry of isList(entries) ? entries : []) {
        if (!isObject(entry) || entry['type'] !== 'aws:cdk:logicalId') continue;
        if (typeof entry['data'] === 'string') paths.set(entry['data'], path.replace(/^\//, ''));
      }
    }
  }
  return paths;
}

function dependencyOrder(stacks: readonly AssemblyStack[]): AssemblyStack[] {
  const ordered = new Set<AssemblyStack>();
  const visiting = new Set<AssemblyStack>();
  const visit = (stack: AssemblyStack): void => {
    if (ordered.has(stack) || visiting.has(stack)) return;
    visiting.add(stack);
    for (const name of stack.dependencies) {
      const dependency = stacks.find((each) => each.name === name);
      if (dependency !== undefined) visit(dependency);
    }
    ordered.add(stack);
  };
  for (const stack of stacks) visit(stack);
  return [...ordered];
}

async function readJson(path: string): Promise<JsonObject> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    const known = await stat(path).then(
      () => true,
      () => false,
    );
    throw new AssemblyError({
      what: `The cloud assembly's file ${path} ${known ? 'cannot be read' : 'does not exist'}`,
      expected: 'the output directory of `cdk synth`, usually cdk.out',
      fix: 'run `npx cdk synth` and pass its output directory',
      cause,
    });
  }
  let parsed: Json;
  try {
    parsed = JSON.parse(content) as Json;
  } catch (cause) {
    throw malformed(path, brief(content), cause);
  }
  if (!isObject(parsed)) throw malformed(path, brief(parsed));
  return parsed;
}

function malformed(path: string, got: string, cause?: unknown): AssemblyError {
  return new AssemblyError({
    what: `The cloud assembly's file ${path} is not a JSON object`,
    got,
    fix: 'run `npx cdk synth` again',
    cause,
  });
}

function field(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

function text(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' ? value : undefined;
}

function list(object: JsonObject, name: string): string[] {
  const value = object[name];
  return isList(value) ? value.filter((each) => typeof each === 'string') : [];
}
