import { workerData } from 'node:worker_threads';

// SQS by a clock of the test's: fauxqs asks Date.now() when a message is received, and sets no timers for messages.
const { time } = workerData as { time: SharedArrayBuffer };
const now = new Float64Array(time);
Date.now = () => now[0] as number;

await import('../../lib/local/engines/fauxqs-thread.ts');
