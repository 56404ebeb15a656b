// In:       a command line.
// Out:      what it asked for, in words for a person; an exit code.
// Promises: an error says what to do; nothing is left running.
export { explain } from './explain.ts';
export { createProgram, type ProgramOptions } from './program.ts';
export { type SynthOptions, synth } from './synth.ts';
export { readable, wrapped } from './text.ts';
