import { Command } from 'commander';
import type { Environment } from '../contract/index.ts';
import { addDev } from './dev-command.ts';
import { addDrain } from './drain.ts';
import { addEnqueue } from './enqueue.ts';
import type { ExitCode } from './exit-code.ts';
import { addJobs } from './jobs/index.ts';
import type { Cli } from './operating.ts';
import type { Terminal } from './output.ts';
import { addQueues } from './queues.ts';
import { addResume } from './resume.ts';
import { addSchedules } from './schedules/index.ts';
import { addWhere } from './where.ts';

export interface ProgramOptions extends Terminal {
  readonly version: string;
  readonly directory: string;
  /** @default process.env */
  readonly env?: Environment;
  /** Whether an error is told as a document by whoever runs it, not by the program. @default false */
  readonly json?: boolean;
  /** Told what a command ends with, unless it throws. @default nobody */
  readonly exit?: (code: ExitCode) => void;
}

/** The command line, ready to parse. */
export function createProgram(options: ProgramOptions): Command {
  const { version, env = process.env, exit = () => undefined } = options;
  const program = new Command('millrace')
    .description('Background jobs for SaaS products, serverless, in your own AWS account.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => options.print(text.trimEnd()),
      writeErr: (text) => options.note?.(text.trimEnd()),
      outputError: (text, write) => {
        if (!options.json) write(text);
      },
    });
  const cli: Cli = { ...options, env, exit };
  for (const add of [addDev, addEnqueue, addJobs, addQueues, addDrain, addResume, addSchedules, addWhere])
    add(program, cli);
  return program;
}
