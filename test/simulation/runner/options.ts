import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What stands on the command line; what does not belong there ends the process with a word on it, and exit code 2. */
export function readOptions<const O extends Options>(usage: string, options: O) {
  try {
    const { values } = parseArgs({ options, strict: true, allowPositionals: false });
    return values;
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** A whole number from `least` on. */
export function wholeNumber(option: string, text: string, { least }: { readonly least: number }): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least) return number;
  return refuse(`--${option} takes a whole number from ${least} on, not '${text}'.`);
}

export function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  return (
    found ?? refuse(`Unknown ${what}: '${text}'. Known:\n${known.map((each) => `  ${each}`).join('\n')}`)
  );
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}
