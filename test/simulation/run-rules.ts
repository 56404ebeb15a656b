import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { RULES } from './rules/rules.ts';
import type { Report } from './runner/messages.ts';
import { runSeeds } from './runner/run-seeds.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    jobs: { type: 'string', default: '40' },
    workers: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string', default: '' },
  },
});

// Takes each rule of the protocol out in turn and looks for the first seed that notices: the table of docs/guarantees.
console.log('| without the rule | why it is there | first seed | what broke |\n| --- | --- | --- | --- |');
let unnoticed = 0;
for (const { name, why, focus } of RULES.filter((rule) => rule.name.includes(values.only))) {
  let first: Report | undefined;
  await runSeeds({
    ...{ from: 1, seeds: Number(values.seeds), jobs: Number(values.jobs), workers: Number(values.workers) },
    ...{ explain: 0, without: name, stopAfter: 1, focus },
    onReport(report) {
      if (report.violation && report.seed < (first?.seed ?? Number.POSITIVE_INFINITY)) first = report;
    },
  });
  if (!first) unnoticed += 1;
  const broke = first?.violation
    ? `${first.violation.invariant}: ${first.violation.what}`
    : '**nothing was found**';
  console.log(`| ${name} | ${why} | ${first?.seed ?? '—'} | ${broke} |`);
}
process.exitCode = unnoticed > 0 ? 1 : 0;
