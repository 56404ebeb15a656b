import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../simulation/check/violation.ts';
import { RULES } from '../simulation/rules/rules.ts';
import { FAULT_KINDS } from '../simulation/world/fault-kinds.ts';
import { root } from './pages.ts';

const page = await readFile(join(root, 'docs/simulator.md'), 'utf8');
const rules = await readFile(join(root, 'docs/guarantees-rules.md'), 'utf8');

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

  it('has a seed for every rule of the protocol', () => {
    const listed = [...rules.matchAll(/^\| ([^|]+) \| [^|]+ \| (\d+) \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(RULES.map(({ name }) => name).sort());
  });
});
