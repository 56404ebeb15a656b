import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPages, root } from './pages.ts';

const PAGE = 'docs/operating/dead-jobs.md';

it(`${PAGE} names every error that a job dies of without an attempt that failed`, async () => {
  const { text = '' } = (await readPages()).find(({ path }) => path === PAGE) ?? {};
  const sources = globSync('lib/**/*.ts', { cwd: root }).map((file) =>
    readFileSync(join(root, file), 'utf8'),
  );
  const errors = sources
    .filter((source) => source.includes('deathOf('))
    .flatMap((source) => [...source.matchAll(/\bnew (\w+Error)\(/g)].map(([, name = '']) => name));
  expect(errors).toContain('JobLostError');
  expect(errors.filter((name) => !text.includes(`| \`${name}\``) && !text.includes(`, \`${name}\``))).toEqual(
    [],
  );
});
