import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from './rules/rules.ts';
import { without } from './rules/switch-off.ts';
import { runSeeds } from './runner/run-seeds.ts';

/** Rules that a few small runs notice; `npm run rules` tries all of them with a larger budget. */
const QUICK = [
  'claim: the job is due',
  'decide: the message sends the next dispatch that it recorded',
  'decide: the message of a live lease stays',
];

describe('the rules of the protocol', () => {
  it.each(RULES)('can be taken out of the code: $name', (rule) => {
    for (const file of new Set(rule.edits.map((edit) => edit.file))) {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(without(rule, file, source)).not.toBe(source);
    }
  });

  it.each(QUICK)('matter: without "%s" a promise breaks', { timeout: 120_000 }, async (name) => {
    const broken: string[] = [];
    await runSeeds({
      ...{ from: 1, seeds: 40, jobs: 40, workers: 1, explain: 0, without: name, stopAfter: 1 },
      onReport: ({ violation }) => {
        if (violation) broken.push(violation.invariant);
      },
    });
    expect(broken).not.toEqual([]);
  });
});
