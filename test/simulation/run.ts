import { availableParallelism } from 'node:os';
import type { Violation } from './check/violation.ts';
import { RULES } from './rules/rules.ts';
import type { Report } from './runner/messages.ts';
import { oneOf, readOptions, wholeNumber } from './runner/options.ts';
import { runSeeds } from './runner/run-seeds.ts';
import { FAULT_KINDS, type FaultKind } from './world/fault-kinds.ts';

const USAGE = `Runs the simulator: npm run simulate -- [options]
  --seeds N      how many runs (100)
  --from S       the first seed (1)
  --jobs N       enqueues a run (100)
  --workers N    processes at a time (one a processor)
  --explain N    failing runs to shrink and tell (1)
  --focus KIND   have much of this kind of fault in every run; may be given again
  --counts       tell at the end how often each kind of fault struck, and took effect
  --without R    leave a rule of the protocol out, by its name in rules/`;

const values = readOptions(USAGE, {
  seeds: { type: 'string', default: '100' },
  from: { type: 'string', default: '1' },
  jobs: { type: 'string', default: '100' },
  workers: { type: 'string', default: String(availableParallelism()) },
  explain: { type: 'string', default: '1' },
  focus: { type: 'string', multiple: true, default: [] },
  counts: { type: 'boolean', default: false },
  without: { type: 'string' },
  help: { type: 'boolean', default: false },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const seeds = wholeNumber('seeds', values.seeds, { least: 1 });
const from = wholeNumber('from', values.from, { least: 0 });
const jobs = wholeNumber('jobs', values.jobs, { least: 1 });
const workers = wholeNumber('workers', values.workers, { least: 1 });
const explain = wholeNumber('explain', values.explain, { least: 0 });
const kinds = Object.keys(FAULT_KINDS) as FaultKind[];
const focus = values.focus.map((kind) => oneOf('kind of fault', kind, kinds));
const names = RULES.map(({ name }) => name);
const without = values.without === undefined ? undefined : oneOf('rule', values.without, names);
const struck = new Map<FaultKind, number>(kinds.map((kind) => [kind, 0]));
const took = new Map(struck);
const began = performance.now();
const failures: Report[] = [];
let done = 0;
let calls = 0;

function progress(): string {
  const minutes = (performance.now() - began) / 60_000;
  return `${done} of ${seeds} seeds, ${failures.length} violations, ${Math.round(done / minutes)} seeds a minute`;
}

await runSeeds({
  ...{ seeds, from, jobs, workers, explain, without, focus },
  onReport(report) {
    done += 1;
    calls += report.calls;
    for (const kind of kinds) {
      struck.set(kind, (struck.get(kind) ?? 0) + (report.faults[kind] ?? 0));
      took.set(kind, (took.get(kind) ?? 0) + (report.effects[kind] ?? 0));
    }
    if (report.violation) {
      failures.push(report);
      tell(report);
    }
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress()}`);
    else if (done % 100 === 0) console.error(progress());
  },
});

if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
if (values.counts) {
  console.log('    struck / took effect');
  for (const [kind, times] of struck)
    console.log(`${String(times).padStart(10)} / ${String(took.get(kind)).padStart(10)}  ${kind}`);
}
const faults = [...struck.values()].reduce((sum, times) => sum + times, 0);
console.log(`${progress()}; ${calls} calls to AWS, ${faults} faults`);
if (done !== seeds) console.error(`Only ${done} of ${seeds} seeds were run.`);
process.exitCode = failures.length > 0 || done !== seeds ? 1 : 0;

function tell({ seed, ticks, violation, explained }: Report): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(`seed ${seed}${ticks ? ', with schedules' : ''}: ${describe(violation)}`);
  if (!explained) return;
  if (!explained.failed) {
    console.log(
      '\n  It did not fail again: its run does not follow from the seed alone, or the code changed meanwhile.',
    );
    return;
  }
  console.log(`\n  ${explained.enqueues.length} enqueues and ${explained.faults.length} faults are enough:`);
  for (const fault of explained.faults) console.log(`    ⚡ ${fault}`);
  console.log(`\n  With them ${describe(explained.violation)}`);
  console.log(`\n${explained.story}\n`);
}

function describe(violation: Violation | undefined): string {
  const { invariant, job = 'no job', what } = violation ?? {};
  return `'${invariant}' broken for ${job}: ${what}`;
}
