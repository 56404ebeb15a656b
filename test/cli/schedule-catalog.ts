import { z } from 'zod';
import { defineCatalog, defineJob, defineSchedule } from '../../lib/contract/index.ts';

const report = defineJob({ name: 'report.build', schema: z.object({ title: z.string() }) });
const nightly = defineSchedule(report, { name: 'nightly', cron: '0 3 * * ? *', payload: { title: 'Night' } });

/** What the commands on schedules are given as `--catalog`. */
export const catalog = defineCatalog([report], { schedules: [nightly] });
