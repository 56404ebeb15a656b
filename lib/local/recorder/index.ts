// In: the endpoints of the engines, and the plan that says which function is which.
// Out: endpoints to use in their place, and every call made through them with the IAM permissions that it needs.
// Promises: requests and answers pass unchanged; each call is attributed to the function whose credentials signed it.

export { scheduleCalls } from './implied-calls.ts';
export type { CallSource, RecordedCall, Requirement } from './recorded-call.ts';
export { type Recorder, startRecorder } from './recorder.ts';
