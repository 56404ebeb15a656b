import { Command } from 'commander';
import { dev } from './dev.ts';

export interface ProgramOptions {
  readonly version: string;
  readonly directory: string;
  readonly print: (line: string) => void;
  /** Characters of a line of the terminal. @default lines are not broken */
  readonly columns?: number;
}

/** The command line, ready to parse. */
export function createProgram({ version, directory, print, columns }: ProgramOptions): Command {
  const program = new Command('millrace')
    .description('Background jobs for SaaS products, serverless, in your own AWS account.')
    .version(version);
  program
    .command('dev')
    .description("run the app's stacks on this machine, with a live log, until Ctrl-C")
    .option('--app <command>', 'the command that synthesises the CDK app (default: the app of cdk.json)')
    .option('-c, --context <key=value...>', 'CDK context, as of the cdk command')
    .option('--stack <name...>', 'only these stacks and what they depend on (default: all)')
    .option('--dynamodb-endpoint <url>', 'another DynamoDB than the built-in one, such as DynamoDB Local')
    .option('--raw', "the functions' log lines as they are", false)
    .action(async (flags: DevFlags) => {
      const signal = stopSignal();
      const { app, dynamodbEndpoint, stack: stacks, raw } = flags;
      const context = contextOf(flags.context ?? []);
      await dev({ directory, app, context, dynamodbEndpoint, stacks, raw, print, columns, signal });
    });
  return program;
}

interface DevFlags {
  readonly app?: string;
  readonly context?: readonly string[];
  readonly stack?: readonly string[];
  readonly dynamodbEndpoint?: string;
  readonly raw: boolean;
}

function contextOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** Aborts at the first Ctrl-C or SIGTERM; a second one ends the process at once, as without us. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}
