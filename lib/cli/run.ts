import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit-code.ts';
import { explain } from './explain.ts';
import { codeOf } from './operating.ts';
import { createProgram, type ProgramOptions } from './program.ts';

/** Runs a command line, the program's own name left out, and says what it ends with. Never throws. */
export async function run(args: readonly string[], options: ProgramOptions): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createProgram({
    ...options,
    exit: (ended) => {
      code = ended;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said by now what it had to say: help, the version, or what is wrong with the command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    options.note?.(explain(error));
    return codeOf(error);
  }
}
