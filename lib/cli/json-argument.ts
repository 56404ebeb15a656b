import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';

interface JsonOption {
  readonly command: Command;
  /** What `@file` is relative to. */
  readonly directory: string;
  readonly option: string;
}

/** JSON of the command line, or of the file that `@file` names; anything else ends the command with a usage error. */
export async function readJson({ command, directory, option }: JsonOption, text: string): Promise<unknown> {
  try {
    const json = text.startsWith('@') ? await readFile(resolve(directory, text.slice(1)), 'utf8') : text;
    return JSON.parse(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return command.error(`error: ${option} is not JSON: ${reason}`);
  }
}
