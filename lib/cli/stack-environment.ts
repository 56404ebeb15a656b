import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ENV, OUTPUTS } from '../contract/index.ts';
import { NoOutputsError, OutputsFileError } from './errors.ts';

type Outputs = Readonly<Record<string, string>>;

/**
 * The variables that a stack's outputs stand for: from CloudFormation, or from the file of `cdk deploy --outputs-file`.
 * Nothing where neither is asked for: then they are in the environment.
 *
 * @throws {NoOutputsError | OutputsFileError}
 */
export async function stackEnvironment(
  { directory }: { readonly directory: string },
  { stack, outputs: file }: { readonly stack?: string; readonly outputs?: string },
): Promise<Record<string, string>> {
  if (file !== undefined) return variables(await fromFile(resolve(directory, file), stack), file);
  return stack === undefined ? {} : variables(await fromCloudFormation(stack), `stack ${stack}`);
}

async function fromCloudFormation(StackName: string): Promise<Outputs> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({});
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const { Outputs = [] } = stack ?? {};
    return Object.fromEntries(
      Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } finally {
    client.destroy();
  }
}

async function fromFile(path: string, stack: string | undefined): Promise<Outputs> {
  let stacks: Readonly<Record<string, Outputs>>;
  try {
    stacks = JSON.parse(await readFile(path, 'utf8')) as typeof stacks;
  } catch (cause) {
    throw new OutputsFileError({ path, cause });
  }
  if (stack !== undefined) return stacks[stack] ?? {};
  return Object.values(stacks).find((outputs) => outputs[OUTPUTS.table] !== undefined) ?? {};
}

function variables(outputs: Outputs, of: string): Record<string, string> {
  if (outputs[OUTPUTS.table] === undefined) throw new NoOutputsError({ of, found: Object.keys(outputs) });
  const keys = Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = outputs[OUTPUTS[key]];
      return value === undefined ? [] : [[ENV[key], value]];
    }),
  );
}
