// In:       a command line.
// Out:      what it asked for, in words for a person or as JSON for a program; an exit code.
// Promises: an error says what to do; nothing is left running.

export type { ExitCode } from './exit-code.ts';
export { explain } from './explain.ts';
export type { ProgramOptions } from './program.ts';
export { run } from './run.ts';
export { type SynthOptions, synth } from './synth.ts';
export { readable, wrapped } from './text.ts';
