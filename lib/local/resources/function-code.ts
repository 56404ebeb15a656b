import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssemblyError } from '../errors.ts';
import type { ResourceInput } from './resource-type.ts';

/**
 * The directory that holds a function's code: its asset as the CDK staged it, or, for code that stands in the template,
 * a file written into the run's own directory.
 */
export async function codeDirectory(input: ResourceInput): Promise<string> {
  const { properties, assets, plan, stack, logicalId } = input;
  const code = properties.object('Code');
  const inline = code.optionalText('ZipFile');
  if (inline !== undefined) {
    const directory = join(await plan.scratch(), `${stack}-${logicalId}`);
    await mkdir(directory, { recursive: true });
    // Lambda names it index.js and, without a package.json, takes it for CommonJS.
    await writeFile(join(directory, 'index.js'), inline);
    return directory;
  }
  const key = code.text('S3Key');
  code.withoutEffect('S3Bucket', 'S3ObjectVersion');
  const asset = assets.find((each) => each.objectKey === key);
  if (asset === undefined) {
    throw code.unsupported('S3Key', {
      got: key,
      expected: 'a file asset of the cloud assembly',
      fix: 'give the function its code by lambda.Code.fromAsset or by NodejsFunction',
    });
  }
  if (asset.packaging !== 'zip') {
    throw code.unsupported('S3Key', {
      got: asset.path,
      expected: 'a directory asset',
      fix: 'pass the directory instead of a zip file made from it',
    });
  }
  await stat(asset.path).catch((cause: unknown) => {
    throw new AssemblyError({
      what: `The asset ${asset.path} of function ${stack} › ${logicalId} does not exist`,
      fix: 'synthesise the app again, with bundling switched on',
      cause,
    });
  });
  return asset.path;
}
