import { createWorker } from '../../lib/worker/index.ts';
import { catalog } from './catalog.ts';

export const handler = createWorker(catalog, { 'bench.touch': ({ text }) => ({ length: text.length }) });
