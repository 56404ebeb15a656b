import { startDynoxide } from '../../../lib/local/engines/index.ts';
import { hasTicks } from '../has-ticks.ts';
import { switchOff, WITHOUT } from '../rules/switch-off.ts';
import type { FaultKind } from '../world/fault-kinds.ts';
import type { FiredFault } from '../world/faults.ts';
import type { Order, Report } from './messages.ts';

/** A process of the runner: an engine of its own, one seed after the other, as its parent orders. */
const name = process.env[WITHOUT];
const rule = name ? switchOff(name) : undefined;
// Loaded after the rule is switched off: what it imports is what the rule is taken from.
const { runSeed } = await import('../run-seed.ts');
const { shrink } = await import('../shrink.ts');
const { EngineConnection } = await import('../aws/engine-connection.ts');

const running = await startDynoxide();
const engine = await EngineConnection.open(running.endpoint);

process.on('message', async ({ seed, jobs, explain, focus, ticks: wanted }: Order) => {
  const ticks = wanted ?? (rule ? rule.ticks === true : hasTicks(seed));
  const result = await runSeed({ seed, jobs, engine, focus, ticks });
  const [violation] = result.violations;
  const { calls, happened, lasted, fired, effects, trace } = result;
  const report: Report = {
    seed,
    violation,
    calls,
    happened,
    lasted,
    faults: byKind(fired),
    effects,
    ticks,
    trace,
  };
  if (!violation || !explain) return process.send?.(report);
  const {
    result: told,
    failed,
    enqueues,
    faults,
  } = await shrink({ seed, jobs, engine, focus, ticks }, result);
  const [shrunk] = told.violations;
  const story = told.story.read();
  return process.send?.({ ...report, explained: { failed, violation: shrunk, story, enqueues, faults } });
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
