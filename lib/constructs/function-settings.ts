import { type Duration, type RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, FUNCTION_ENVIRONMENT, type FunctionKind } from '../contract/index.ts';
import { allow } from './grants.ts';

export interface LogSettings {
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** How long the records of ended and of dead jobs are kept, as the functions that end jobs read them. */
export interface RecordRetentions {
  readonly retention: Duration;
  readonly deadRetention: Duration;
}

/** What every function of Millrace has. Jobs enqueue jobs: Lambda's own loop detection would stop them after 16 hops. */
export const FUNCTION_SETTINGS = {
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  recursiveLoop: RecursiveLoop.ALLOW,
} as const;

/** The SDK is bundled: its version is the one that was tested, and it starts faster than the runtime's own. */
export const BUNDLING = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  bundleAwsSDK: true,
  // CommonJS packages in an ES module bundle still call require for Node's own modules.
  banner: "import{createRequire as _cr}from'node:module';const require=_cr(import.meta.url);",
} as const satisfies BundlingOptions;

/** A log group, and a role that may write to it and, so far, do nothing else. */
export function logsAndRole(
  scope: Construct,
  { logRetention, removalPolicy }: LogSettings,
): { readonly logGroup: LogGroup; readonly role: Role } {
  const logGroup = new LogGroup(scope, 'Logs', { retention: logRetention, removalPolicy });
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  allow(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
  return { logGroup, role };
}

/** A duration as the variables have it: seconds, also where a token hides them. */
export function secondsText(duration: Duration): string {
  return Tokenization.stringifyNumber(duration.toSeconds());
}

type EnvironmentOf<K extends FunctionKind> = Record<(typeof FUNCTION_ENVIRONMENT)[K][number], string>;

/** A function's variables by their names: the compiler wants exactly those that the function reads. */
export function environmentOf<K extends FunctionKind>(
  kind: K,
  values: EnvironmentOf<K>,
): Record<string, string> {
  const keys: readonly (keyof EnvironmentOf<K>)[] = FUNCTION_ENVIRONMENT[kind];
  return Object.fromEntries(keys.map((key) => [ENV[key], values[key]]));
}
