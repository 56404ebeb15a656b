// In: a cloud assembly, as `cdk synth` writes it.
// Out: the same stacks, running on this machine, and the environment that a client needs to use them.
// Promises: what runs is the template; what it does not emulate it says; no process or port outlives its owner.
export type { Synthesisable } from './assembly.ts';
export type { LocalResource } from './deploy.ts';
export { type Engine, localCredentials, startDynoxide, startFauxqs } from './engines/index.ts';
export {
  AssemblyError,
  EngineMissingError,
  EngineStartError,
  NotInCloudError,
  NotRecordingError,
  ReplaceCodeError,
  TemplateInvalidError,
  TemplateUnsupportedError,
} from './errors.ts';
export type { InvokeResult, LocalEvent, LocalEventSink } from './functions/index.ts';
/** @internal for millrace/testing */
export { StreamApi } from './functions/streams/index.ts';
export {
  type FunctionPolicies,
  LocalCloud,
  type LocalFunctions,
  type LocalResources,
} from './local-cloud.ts';
export { registerChild } from './reaper.ts';
export type { CallSource, RecordedCall, Requirement } from './recorder/index.ts';
/** @internal for millrace/testing */
export { Scheduler, type SchedulerAnswer } from './scheduler/index.ts';
export { type StartLocalOptions, startLocal } from './start.ts';
