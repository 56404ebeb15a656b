// Behind the dead-letter queues: brings jobs back, files what nobody can read.
import { createRecorder } from '../lib/lifecycle/index.ts';

export const handler = createRecorder();
