// In:       HTTP requests of an unmodified AWS SDK client for Lambda: read, pause and resume an event source mapping.
// Out:      the same done to the pollers of a function host, and answers in Lambda's words.
// Promises: what is not emulated is refused by name; the server's port is free again when it is disposed.
export { startLambdaApi } from './lambda-api.ts';
