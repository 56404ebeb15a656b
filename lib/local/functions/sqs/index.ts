// In:       an event source mapping of an SQS queue, and a way to invoke its function.
// Out:      batches as SQS events; what succeeded is deleted from the queue.
// Promises: Lambda's rules for batches, windows, partial failures, concurrency and throttling.
export { SqsApi } from './sqs-api.ts';
export { SqsSource } from './sqs-source.ts';
