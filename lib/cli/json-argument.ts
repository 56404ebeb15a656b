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
  const wrong = (what: string, error: unknown): never =>
    command.error(`error: ${what}: ${error instanceof Error ? error.message : String(error)}`);
  let json = text;
  if (text.startsWith('@')) {
    try {
      json = await readFile(resolve(directory, text.slice(1)), 'utf8');
    } catch (error) {
      return wrong(`the file of ${option} cannot be read`, error);
    }
  }
  try {
    return JSON.parse(json);
  } catch (error) {
    return wrong(`${option} is not JSON`, error);
  }
}
