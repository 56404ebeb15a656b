// In:       a function's specification, and events one after another.
// Out:      how each invocation ended, and the lines that it wrote.
// Promises: a child process of its own with Lambda's environment, killed at its timeout or memory, and never left behind.
export { Sandbox, type SandboxOutcome } from './sandbox.ts';
export type { SandboxFailure } from './sandbox-failure.ts';
