import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CALL_LIMITS, ENV, type Environment, OUTPUTS } from '../contract/index.ts';
import { NoOutputsError, OutputsFileError, StackMissingError, StackUnreadableError } from './errors.ts';

type Outputs = Readonly<Record<string, string>>;

/**
 * The variables that a stack's outputs stand for: from CloudFormation, or from the file of `cdk deploy --outputs-file`.
 * Nothing where neither is asked for: then they are in the environment. What the stack has no output for is undefined, not
 * left out: put over the environment, it takes away what that says of another stack.
 *
 * @throws {NoOutputsError | OutputsFileError | StackMissingError | StackUnreadableError}
 */
export async function stackEnvironment(
  { directory }: { readonly directory: string },
  { stack, outputs: file }: { readonly stack?: string; readonly outputs?: string },
): Promise<Environment> {
  if (file !== undefined) return variables(await fromFile(resolve(directory, file), stack), file);
  return stack === undefined ? {} : variables(await fromCloudFormation(stack), `stack ${stack}`);
}

async function fromCloudFormation(StackName: string): Promise<Outputs> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient({ requestHandler: CALL_LIMITS });
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const { Outputs = [] } = stack ?? {};
    return Object.fromEntries(
      Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } catch (cause) {
    throw await stackError(client, StackName, cause);
  } finally {
    client.destroy();
  }
}

async function stackError(client: CloudFormationClient, stack: string, cause: unknown): Promise<Error> {
  const { region, credentials } = client.config;
  const known = <T>(value: Promise<T> | undefined) => value?.catch(() => undefined);
  const [inRegion = '(none)', who] = await Promise.all([known(region()), known(credentials())]);
  // As the SDK reads them; its client does not tell.
  const { AWS_ENDPOINT_URL_CLOUDFORMATION: own, AWS_ENDPOINT_URL: all } = process.env;
  const problem = {
    ...{ stack, region: inRegion, account: who?.accountId, cause },
    endpoint: own ?? all ?? `of AWS in ${inRegion}`,
  };
  // CloudFormation has no error of its own for it (DescribeStacks, API reference).
  const missing = cause instanceof Error && /does not exist/.test(cause.message);
  return missing ? new StackMissingError(problem) : new StackUnreadableError(problem);
}

async function fromFile(path: string, stack: string | undefined): Promise<Outputs> {
  let stacks: Readonly<Record<string, Outputs>>;
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (!isTable(json) || !Object.values(json).every(isTable))
      throw new TypeError('it has no outputs by stack');
    stacks = json as typeof stacks;
  } catch (cause) {
    throw new OutputsFileError({ path, cause });
  }
  if (stack !== undefined) return stacks[stack] ?? {};
  return Object.values(stacks).find((outputs) => outputs[OUTPUTS.table] !== undefined) ?? {};
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function variables(outputs: Outputs, of: string): Environment {
  if (outputs[OUTPUTS.table] === undefined) throw new NoOutputsError({ of, found: Object.keys(outputs) });
  const keys = Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[];
  return Object.fromEntries(keys.map((key) => [ENV[key], outputs[OUTPUTS[key]]]));
}
