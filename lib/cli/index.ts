// In:       a command line.
// Out:      what it asked for, in words for a person or as JSON for a program; an exit code.
// Promises: an error says what to do; nothing is left running.

export { explain } from './explain.ts';
export { run } from './run.ts';
export { synth } from './synth.ts';
export { readable } from './text.ts';
