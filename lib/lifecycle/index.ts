// In:       changes of the job table, from its stream; messages that fell into the dead-letter queues.
// Out:      the outbox's dispatches on the wire; jobs brought back or ended; quarantined messages.
// Promises: what stands in the outbox is sent; nothing leaves a dead-letter queue before it is filed; no job is executed here.
export { createLifecycle } from './create-lifecycle.ts';
export { createRecorder } from './create-recorder.ts';
export { createSweeper } from './create-sweeper.ts';
export { decideSweep } from './sweep-decision.ts';
