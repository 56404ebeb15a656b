import { availableParallelism } from 'node:os';
import { JOBS, type Noticed, readNoticed, record } from './rules/noticed.ts';
import { writePage } from './rules/page.ts';
import type { Rule } from './rules/rule.ts';
import { RULES } from './rules/rules.ts';
import { readOptions, wholeNumber } from './runner/options.ts';
import { runSeeds } from './runner/run-seeds.ts';

const USAGE = `Takes each rule of the protocol out of the code in turn, and looks whether a run notices:
npm run rules -- [options]
  --recorded     only the seed that is recorded for each rule; fails where one is not noticed as recorded
  --anew         look for the first seed of every rule, those that no run notices included
                 (without either: of those alone that are not noticed at their recorded seed)
  --seeds N      how many seeds to look through (500)
  --only TEXT    rules whose name has it
  --workers N    rules at a time, each in a process of its own (one a processor)`;

const values = readOptions(USAGE, {
  recorded: { type: 'boolean', default: false },
  anew: { type: 'boolean', default: false },
  seeds: { type: 'string', default: '500' },
  only: { type: 'string', default: '' },
  workers: { type: 'string', default: String(availableParallelism()) },
  help: { type: 'boolean', default: false },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const seeds = wholeNumber('seeds', values.seeds, { least: 1 });
const workers = wholeNumber('workers', values.workers, { least: 1 });
const began = performance.now();
const recorded = readNoticed();
const rules = RULES.filter(
  ({ name, unnoticed }) => name.includes(values.only) && (values.anew || unnoticed === undefined),
);
if (rules.length === 0) {
  console.error(`No rule has '${values.only}' in its name.`);
  process.exit(2);
}
const missed: string[] = [];
let looked = 0;
const left = [...rules];
await Promise.all(
  Array.from({ length: workers }, async () => {
    for (let rule = left.shift(); rule; rule = left.shift()) {
      await look(rule);
      looked += 1;
    }
  }),
);
for (const line of missed) console.log(`MISSED: ${line}`);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`${looked - missed.length} of ${rules.length} rules are noticed, in ${seconds} s`);
process.exitCode = missed.length > 0 || looked !== rules.length ? 1 : 0;

async function look(rule: Rule): Promise<void> {
  const { name } = rule;
  const known = recorded.get(name);
  const replay = async () => known && (await firstNoticed(rule, { from: known.seed, seeds: 1 }));
  const again = values.anew ? undefined : await replay();
  const same = again?.invariant === known?.invariant && (values.recorded || again?.what === known?.what);
  if (values.recorded) {
    if (again && same) return;
    const now = again ? `'${again.invariant}' breaks instead` : 'nothing breaks';
    missed.push(`${name}: seed ${known?.seed ?? 'unknown'} broke '${known?.invariant ?? ''}', now ${now}`);
    return;
  }
  const broken = again && (await breaksAnyway(rule, again.seed));
  if (again && same && !broken) return;
  // A seed far away that somebody once found is better than none.
  const noticed =
    (again && !broken ? again : undefined) ??
    (await search(rule)) ??
    (values.anew ? await replay() : undefined);
  console.log(`${name}: ${noticed ? `seed ${noticed.seed}: ${noticed.invariant}` : 'nothing was found'}`);
  if (rule.unnoticed !== undefined) {
    if (noticed) missed.push(`${name}: is noticed after all: ${noticed.what}`);
    return;
  }
  if (!noticed) missed.push(name);
  // At once: whoever stops the search keeps what was found by then.
  record(name, noticed);
  writePage();
}

/** The first seed that breaks a promise without the rule, and none with it: only that shows what the rule is worth. */
async function search(rule: Rule): Promise<Noticed | undefined> {
  for (let from = 1; from <= seeds; ) {
    const found = await firstNoticed(rule, { from, seeds: seeds - from + 1 });
    const broken = found && (await breaksAnyway(rule, found.seed));
    if (!found || !broken) return found;
    console.log(`${rule.name}: seed ${found.seed} breaks '${broken}' with the rule, too`);
    from = found.seed + 1;
  }
  return undefined;
}

/** The promise that the same run breaks with the rule in place. */
async function breaksAnyway(
  { focus, jobs = JOBS, ticks = false }: Rule,
  seed: number,
): Promise<string | undefined> {
  let broken: string | undefined;
  await runSeeds({
    ...{ from: seed, seeds: 1, jobs, workers: 1, explain: 0, focus, ticks },
    onReport({ violation }) {
      broken = violation?.invariant;
    },
  });
  return broken;
}

/** One process, one seed after the other: the first is the first. */
async function firstNoticed(
  { name, focus, jobs = JOBS }: Rule,
  { from, seeds }: { from: number; seeds: number },
): Promise<Noticed | undefined> {
  let first: Noticed | undefined;
  await runSeeds({
    ...{ from, seeds, jobs, workers: 1, explain: 0, without: name, stopAfter: 1, focus },
    onReport({ seed, violation }) {
      if (violation) first = { rule: name, seed, invariant: violation.invariant, what: violation.what };
    },
  });
  return first;
}
