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
