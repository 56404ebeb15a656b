// The worker of the default pool: the application's own handlers, bound to its catalog.
import { createWorker } from '../lib/worker/index.ts';
import { catalog } from './jobs/catalog.ts';
import { handlers } from './jobs/handlers.ts';

export const handler = createWorker(catalog, handlers);
