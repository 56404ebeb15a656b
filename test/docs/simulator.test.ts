import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../simulation/check/violation.ts';
import { readNoticed } from '../simulation/rules/noticed.ts';
import { pageWithTables, readPage } from '../simulation/rules/page.ts';
import { RULES } from '../simulation/rules/rules.ts';
import { FAULT_KINDS } from '../simulation/world/fault-kinds.ts';
import { root } from './pages.ts';

const page = await readFile(join(root, 'docs/simulator.md'), 'utf8');

/** The names in the first column of the tables of a section. */
function named(section: string): string[] {
  const text = page.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  const cells = [...text.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell);
  return cells
    .slice(2)
    .flatMap((cell) => cell.split(', '))
    .sort();
}

describe('the page of the simulator', () => {
  it('names every kind of fault', () => {
    expect(named('Faults')).toEqual(Object.keys(FAULT_KINDS).sort());
  });

  it('names every invariant', () => {
    expect(named('What is checked')).toEqual(Object.keys(INVARIANTS).sort());
  });

  it('has the rules of the protocol as they are recorded', () => {
    const page = readPage();
    expect(page, 'npm run rules writes it').toBe(pageWithTables(page, readNoticed()));
  });

  it('has a seed for every rule, or says why no run notices', () => {
    const noticed = readNoticed();
    const without = RULES.filter(({ name, unnoticed }) => noticed.has(name) === (unnoticed !== undefined));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('names a test for every rule that no run notices', () => {
    const untested = RULES.filter(
      ({ unnoticed }) => unnoticed && !/\(\.\.\/test\/\S+\.test\.ts\)/.test(unnoticed),
    );
    expect(untested.map(({ name }) => name)).toEqual([]);
  });

  it('names promises that are checked', () => {
    const broken = [...readNoticed().values()].map(({ invariant }) => invariant);
    expect(broken.filter((invariant) => !(invariant in INVARIANTS))).toEqual([]);
  });
});
