import type { Command } from 'commander';
import type { Cli } from './operating.ts';
import { stopSignal } from './stop-signal.ts';

interface DevFlags {
  readonly app?: string;
  readonly context?: readonly string[];
  readonly stack?: readonly string[];
  readonly dynamodbEndpoint?: string;
  readonly raw: boolean;
}

export function addDev(program: Command, { directory, print, columns }: Cli): void {
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
      // Loaded when it is needed: the other commands run without the local cloud.
      const { dev } = await import('./dev.ts');
      await dev({ directory, app, context, dynamodbEndpoint, stacks, raw, print, columns, signal });
    });
}

function contextOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
