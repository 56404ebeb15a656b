import { startDynoxide } from '../../../lib/local/engines/index.ts';
import { switchOff, WITHOUT } from '../rules/switch-off.ts';
import type { FaultKind } from '../world/fault-kinds.ts';
import type { FiredFault } from '../world/faults.ts';
import type { Order, Report } from './messages.ts';

/** A process of the runner: an engine of its own, one seed after the other, as its parent orders. */
const rule = process.env[WITHOUT];
if (rule) switchOff(rule);
// Loaded after the rule is switched off: what it imports is what the rule is taken from.
const { hasTicks, runSeed } = await import('../run-seed.ts');
const { shrink } = await import('../shrink.ts');
const { EngineConnection } = await import('../aws/engine-connection.ts');

const running = await startDynoxide();
const engine = await EngineConnection.open(running.endpoint);

process.on('message', async ({ seed, jobs, explain, focus }: Order) => {
  // The seeds that a rule is found by are of runs without schedules.
  const ticks = rule === undefined && hasTicks(seed);
  const result = await runSeed({ seed, jobs, engine, focus, ticks });
  const [violation] = result.violations;
  const { calls, happened, lasted, fired, trace } = result;
  const report: Report = { seed, violation, calls, happened, lasted, faults: byKind(fired), trace };
  if (!violation || !explain) return process.send?.(report);
  const { result: told, enqueues, faults } = await shrink({ seed, jobs, engine, focus, ticks }, result);
  return process.send?.({ ...report, explained: { story: told.story.read(), enqueues, faults } });
});
process.on('disconnect', async () => {
  engine[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});
process.send?.('ready');

function byKind(fired: readonly FiredFault[]): Report['faults'] {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const { kind } of fired) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
