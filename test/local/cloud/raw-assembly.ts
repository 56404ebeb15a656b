import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RawAssembly extends AsyncDisposable {
  readonly directory: string;
}

export type RawTemplate = Readonly<Record<string, unknown>>;

/** A cloud assembly of hand-written templates, by stack name: what the CDK would not write, or not as fast. */
export async function rawAssembly(templates: Readonly<Record<string, RawTemplate>>): Promise<RawAssembly> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-raw-'));
  const artifacts: Record<string, unknown> = {};
  for (const [name, template] of Object.entries(templates)) {
    const templateFile = `${name}.template.json`;
    artifacts[name] = { type: 'aws:cloudformation:stack', properties: { templateFile } };
    await writeFile(join(directory, templateFile), JSON.stringify(template));
  }
  await writeFile(join(directory, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}
