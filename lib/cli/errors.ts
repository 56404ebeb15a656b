import { type ErrorContext, MillraceError } from '../contract/index.ts';

/** The command line is wrong. Nothing was done. */
export class UsageError extends MillraceError {
  static override readonly errorName: string = 'UsageError';
  override readonly code: string = 'USAGE';

  constructor({ code, message }: { code: string; message: string }) {
    const what = code === 'commander.help' ? 'a command is missing' : message.replace(/^error: /, '');
    super({ what });
  }
}

/** Ctrl-C while a command waited. What it had asked for goes on. */
export class StoppedWaitingError extends MillraceError {
  static override readonly errorName: string = 'StoppedWaitingError';
  override readonly code: string = 'STOPPED_WAITING';

  constructor({ goesOn, context }: { goesOn: string; context: ErrorContext }) {
    super({ what: `Stopped waiting. ${goesOn}`, context });
  }
}

/** Nobody answers at an endpoint: no bug, and nothing that AWS said. */
export class UnreachableError extends MillraceError {
  static override readonly errorName: string = 'UnreachableError';
  override readonly code: string = 'UNREACHABLE';
  override readonly retryable: boolean = true;

  constructor({
    endpoint,
    got,
    reason,
    during = {},
    cause,
  }: { endpoint: string; got: string; reason: string; during?: ErrorContext; cause: unknown }) {
    const { step, applied } = during;
    const fix = /^(https?:\/\/)?(localhost|127\.|\[?::1\b)/.test(endpoint)
      ? 'see that `millrace dev` still runs, and that the variables are those that it prints: each start has its own'
      : 'check the network, and that AWS_REGION or the profile names the Region of the stack; then try again';
    const look = applied === 'unknown' ? '; see by `millrace jobs get` whether it was done nevertheless' : '';
    super({
      what: `${endpoint} could not be reached${step === undefined ? '' : `: ${step} failed`}`,
      got,
      fix: `${fix}${look}`,
      context: { endpoint, reason, ...during },
      cause,
    });
  }
}

/** There is no CDK app to run. */
export class AppCommandMissingError extends MillraceError {
  static override readonly errorName: string = 'AppCommandMissingError';
  override readonly code: string = 'APP_COMMAND_MISSING';

  constructor({ directory }: { directory: string }) {
    super({
      what: 'There is no CDK app to run',
      got: `no 'app' in ${directory}/cdk.json, and no --app`,
      expected: 'the command that synthesises the app, such as "node bin/app.ts"',
      fix: 'run the command in the directory of cdk.json, or give --app',
    });
  }
}

/** The CDK app's command failed. */
export class SynthError extends MillraceError {
  static override readonly errorName: string = 'SynthError';
  override readonly code: string = 'SYNTH_FAILED';
  /** What the command printed, its ends cut of empty lines. */
  readonly output: string;

  constructor({ command, code, output }: { command: string; code: number | null; output: string }) {
    super({
      what: 'The CDK app could not be synthesised',
      got: `${code === null ? 'the end by a signal' : `exit code ${code}`} of \`${command}\``,
      expected: 'exit code 0',
      fix: 'see what the command printed, and mend what it names',
      context: { command, code },
    });
    this.output = output.trim();
  }
}

/** The CDK's configuration file is there, and is not JSON. */
export class CdkConfigError extends MillraceError {
  static override readonly errorName: string = 'CdkConfigError';
  override readonly code: string = 'CDK_CONFIG';

  constructor({ path, cause }: { path: string; cause: unknown }) {
    super({
      what: 'cdk.json cannot be read',
      got: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      expected: 'JSON with the key "app"',
      fix: 'correct the file',
      context: { path },
      cause,
    });
  }
}

/** A stack has none of the outputs that a command is configured from. */
export class NoOutputsError extends MillraceError {
  static override readonly errorName: string = 'NoOutputsError';
  override readonly code: string = 'NO_OUTPUTS';

  constructor({ of, found }: { of: string; found: readonly string[] }) {
    super({
      what: 'There are no outputs of Millrace',
      got: `${of} has ${found.join(', ') || 'no outputs'}`,
      expected: 'MillraceTableName, MillraceQueues and the other outputs of a stack with a Millrace in it',
      fix: 'name the stack that has the Millrace construct, in the account and Region of the credentials',
      context: { of, found },
    });
  }
}

/** The stack that was named is not there. */
export class StackMissingError extends MillraceError {
  static override readonly errorName: string = 'StackMissingError';
  override readonly code: string = 'STACK_MISSING';

  constructor({ stack, region, account, cause }: StackProblem) {
    super({
      what: `There is no stack '${stack}'`,
      got: `Region ${region}, account ${account ?? 'of the credentials'}`,
      expected: 'the name of a deployed stack with a Millrace in it, as `cdk list` shows it',
      fix: 'correct the name, or set AWS_REGION and AWS_PROFILE to where the stack is',
      context: { stack, region, account },
      cause,
    });
  }
}

/** CloudFormation did not tell of a stack. */
export class StackUnreadableError extends MillraceError {
  static override readonly errorName: string = 'StackUnreadableError';
  override readonly code: string = 'STACK_UNREADABLE';

  constructor({ stack, endpoint, cause }: StackProblem) {
    // The SDK's messages go on with hints for whoever wrote the code.
    const [said] = (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)).split('\n');
    super({
      what: `CloudFormation could not be asked for the outputs of the stack '${stack}'`,
      got: `${said} (endpoint ${endpoint})`,
      expected: 'an answer to DescribeStacks',
      fix: 'against `millrace dev` leave --stack away: the variables that it prints name the stack; otherwise check AWS_REGION, the credentials, and their right to cloudformation:DescribeStacks',
      context: { stack, endpoint },
      cause,
    });
  }
}

export interface StackProblem {
  readonly stack: string;
  readonly region: string;
  /** Where the credentials name it. */
  readonly account: string | undefined;
  readonly endpoint: string;
  readonly cause: unknown;
}

/** The file of `cdk deploy --outputs-file` cannot be read. */
export class OutputsFileError extends MillraceError {
  static override readonly errorName: string = 'OutputsFileError';
  override readonly code: string = 'OUTPUTS_FILE';

  constructor({ path, cause }: { path: string; cause: unknown }) {
    super({
      what: 'The outputs cannot be read',
      got: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      expected: 'the JSON file that `cdk deploy --outputs-file` writes',
      fix: 'correct the path, or deploy with --outputs-file',
      context: { path },
      cause,
    });
  }
}

/** The module that was named as the catalog has none. */
export class CatalogFileError extends MillraceError {
  static override readonly errorName: string = 'CatalogFileError';
  override readonly code: string = 'CATALOG_FILE';

  constructor({ path, got, cause }: { path: string; got: string; cause?: unknown }) {
    super({
      what: 'The catalog cannot be loaded',
      got: `${path}: ${got}`,
      expected: 'a module with `export const catalog = defineCatalog([…])`',
      fix: 'correct the path; a TypeScript file needs Node 22.18 or later, and erasable syntax only',
      context: { path },
      cause,
    });
  }
}
