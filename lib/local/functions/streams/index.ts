// In:       an event source mapping of a table's stream, and a way to invoke its function.
// Out:      batches as DynamoDB stream events; word of what was given up, to the on-failure queue.
// Promises: Lambda's rules for order, filters, retries, bisection and partial failures.
export { StreamApi } from './stream-api.ts';
export { StreamSource } from './stream-source.ts';
