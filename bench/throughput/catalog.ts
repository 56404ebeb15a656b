import * as z from 'zod';
import { defineCatalog, defineJob } from '../../lib/contract/index.ts';

const touch = defineJob({ name: 'bench.touch', schema: z.object({ text: z.string() }) });
export const catalog = defineCatalog([touch]);
