import { MillraceError } from '../contract/index.ts';

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

  constructor({ command, code, output }: { command: string; code: number | null; output: string }) {
    super({
      what: 'The CDK app could not be synthesised',
      got: `exit code ${code ?? 'none (killed)'} of: ${command}\n${output.trim()}\n`,
      expected: 'exit code 0',
      fix: 'run the command itself to see the same output, and mend what it names',
      context: { command, code },
    });
  }
}
