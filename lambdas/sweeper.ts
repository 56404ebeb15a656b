// On a schedule: mends what no message brings back any more.
import { createSweeper } from '../lib/lifecycle/index.ts';

export const handler = createSweeper();
