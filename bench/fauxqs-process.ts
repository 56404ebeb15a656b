import { startFauxqs } from '../lib/local/index.ts';
import { REGION } from './engines.ts';

const { endpoint } = await startFauxqs({ region: REGION });
process.send?.(Number(new URL(endpoint).port));
