import { CommanderError } from 'commander';
import { InvalidOptionError } from '../contract/index.ts';
import { StoppedWaitingError, UsageError } from './errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { explain } from './explain.ts';
import { Output } from './output.ts';
import { createProgram, type ProgramOptions } from './program.ts';
import { unreachable } from './unreachable.ts';

/** Runs a command line, the program's own name left out, and says what it ends with. Never throws. */
export async function run(args: readonly string[], options: ProgramOptions): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const json = asksForJson(args);
  const exit = (ended: ExitCode) => {
    code = ended;
  };
  try {
    await createProgram({ ...options, json, exit }).parseAsync(args, { from: 'user' });
    return code;
  } catch (thrown) {
    // Help or the version, and said by now.
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.ok;
    const error = known(thrown);
    if (json) new Output(options, { json }).error(error);
    // What is wrong with the command line, commander has said by now.
    else if (!(error instanceof UsageError)) options.note?.(explain(error));
    return codeOf(error);
  }
}

/** As ours, what a command line and a network may do to anyone. */
function known(thrown: unknown): unknown {
  if (thrown instanceof CommanderError) return new UsageError(thrown);
  return unreachable(thrown, process.env) ?? thrown;
}

/** By the command line alone: it may be one that commander does not get to read. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).includes('--json');
}

/** A wrong option is a wrong command line, wherever it is noticed. */
function codeOf(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof InvalidOptionError) return EXIT.usage;
  return error instanceof StoppedWaitingError ? EXIT.interrupted : EXIT.error;
}
