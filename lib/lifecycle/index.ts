// In:       changes of the job table, from its stream; messages that fell into the dead-letter queues.
// Out:      the outbox's dispatches on the wire; jobs brought back or ended; quarantined messages.
// Promises: what stands in the outbox is sent; nothing leaves a dead-letter queue before it is filed; no job is executed here.
export { createLifecycle, type LifecycleHandler, type LifecycleOptions } from './create-lifecycle.ts';
export { createRecorder, type RecorderHandler, type RecorderOptions } from './create-recorder.ts';
export { createSweeper, type SweeperHandler, type SweeperOptions } from './create-sweeper.ts';
export { LeftoversError } from './leftovers.ts';
export { HopsExhaustedError } from './recorder.ts';
export { decideSweep, type SweepDecision, type SweepRules } from './sweep-decision.ts';
export type { SweepReport } from './sweeper.ts';
