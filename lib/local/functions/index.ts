// In:       functions and event source mappings as the template describes them; engines that answer on this machine.
// Out:      invocations in sandboxes, with their results, and a stream of events for logs.
// Promises: Lambda's rules for timeouts, memory, concurrency, batches and failures; after disposal no process, no timer.
export {
  createFunctionHost,
  type FunctionHost,
  type FunctionHostOptions,
} from './function-host.ts';
export type { InvokeResult } from './invocation.ts';
export type { LocalEvent, LocalEventSink } from './local-event.ts';
export type { EventSourceStatus, FunctionSpec, SqsEventSourceSpec, StreamEventSourceSpec } from './spec.ts';
