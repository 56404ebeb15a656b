import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { type Catalog, type Environment, EnvironmentError } from '../contract/index.ts';
import type { Operator } from '../operate/index.ts';
import type { ExitCode } from './exit-code.ts';
import { Output, type Terminal } from './output.ts';
import { stackEnvironment } from './stack-environment.ts';

/** What every command on a deployed stack has to work with. */
export interface Cli extends Terminal {
  readonly directory: string;
  readonly env: Environment;
  /** Told what the command line ends with. */
  readonly exit: (code: ExitCode) => void;
}

/** The options that each of these commands has. */
export interface StackFlags {
  readonly json?: boolean;
  readonly stack?: string;
  readonly outputs?: string;
}

/** The options of who does something, and why. */
export interface WhoFlags {
  readonly by: string;
  readonly why?: string;
}

/** Adds the options by which a command finds its stack and says its result. */
export function onStack(command: Command): Command {
  return command
    .option('--json', 'one JSON document instead of text')
    .option(
      '--stack <name>',
      'the CloudFormation stack to read the outputs of (default: the MILLRACE_* variables)',
    )
    .option('--outputs <file>', 'the file that `cdk deploy --outputs-file` wrote, instead');
}

/** Adds the options that end up in a job's history. */
export function byWhom(command: Command): Command {
  return command
    .option('--why <text>', "the reason, for the job's history")
    .addOption(new Option('--by <name>', "who, for the job's history").default(currentUser(), 'cli:<user>'));
}

function currentUser(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A container may run as a user that has no name.
    return 'cli';
  }
}

/** Does a command's work with an operator for its stack, and says what came of it. */
export async function operate(
  cli: Cli,
  flags: StackFlags,
  work: (operator: Operator, output: Output) => Promise<ExitCode>,
  catalog?: Catalog,
): Promise<void> {
  const output = new Output(cli, flags);
  try {
    // Loaded when they are needed: `millrace --help` needs no AWS SDK.
    const { Operator } = await import('../operate/index.ts');
    const env = { ...cli.env, ...(await stackEnvironment(cli, flags)) };
    cli.exit(await work(Operator.fromEnvironment({ env, catalog }), output));
  } catch (error) {
    if (error instanceof EnvironmentError)
      output.note('Name the stack by --stack, or set the variables that `millrace dev` prints.');
    const { NotConfiguredError } = await import('../operate/index.ts');
    const ofStack = flags.stack !== undefined || flags.outputs !== undefined;
    if (error instanceof NotConfiguredError && ofStack)
      throw new NotConfiguredError({ ...error.lack, ofStack });
    throw error;
  }
}
