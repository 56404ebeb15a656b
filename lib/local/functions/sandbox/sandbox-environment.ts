import { devNull } from 'node:os';
import type { FunctionSpec } from '../spec.ts';

/** Lambda's Node runtimes give the old generation 90 % of the function's memory. */
const HEAP_SHARE = 0.9;

export interface SandboxEnvironmentOptions {
  readonly spec: FunctionSpec;
  readonly region: string;
  /** Names the log stream, which on AWS is one for each sandbox. */
  readonly sandboxId: string;
}

/**
 * The whole environment of a sandbox: what Lambda itself sets, and over it what the template sets. Nothing comes from
 * the parent's environment, so that a handler finds locally what it would find on AWS and not the developer's shell.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function sandboxEnvironment({
  spec,
  region,
  sandboxId,
}: SandboxEnvironmentOptions): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    ...systemVariables(),
    // The SDKs would otherwise read the profile of whoever runs this.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `[$LATEST]${sandboxId}`,
    ...spec.environment,
    LAMBDA_TASK_ROOT: spec.codeDir,
    _HANDLER: spec.handler,
  };
}

/** Node's own flags for a function of this size. */
export function nodeFlags({ memoryMb }: { memoryMb: number }): string[] {
  return ['--enable-source-maps', `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`];
}

/** Without its system root, Node cannot open a socket on Windows. */
function systemVariables(): Record<string, string> {
  const { SystemRoot } = process.env;
  return process.platform === 'win32' && SystemRoot !== undefined ? { SystemRoot } : {};
}
