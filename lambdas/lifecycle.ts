// Behind the job table's stream: the outbox.
import { createLifecycle } from '../lib/lifecycle/index.ts';

export const handler = createLifecycle();
