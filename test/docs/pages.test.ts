import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../lib/cli/exit-code.ts';
import { createProgram } from '../../lib/cli/program.ts';
import { compile } from './compile.ts';
import { anchors, type Page, readPages, relativeLinks, root, shownFiles } from './pages.ts';
import { makeProject } from './project.ts';

const pages = await readPages();
const WRONG = {
  path: 'wrong.md',
  text: "```ts\nimport { defineJob } from 'millrace';\n\ndefineJob({ name: 'no.schema' });\n```\n",
};

describe('the pages', () => {
  it('show code that compiles', { timeout: 120_000 }, async () => {
    await using project = await makeProject();
    const withCode = pages.filter((page) => shownFiles(page).length > 0);
    expect(withCode.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'docs/jobs.md']));
    // Proof that the compiler looks: one page that it has to refuse, and no other.
    const findings = await compile(project, [...withCode, WRONG]);
    expect(findings.split('\n').filter((line) => !line.startsWith('wrong.md/'))).toEqual(['']);
    expect(findings).toMatch(/^wrong\.md\/block-1\.ts\(3,\d+\): error TS2741/m);
  });

  it('link to what is there', () => {
    const broken = pages.flatMap((page) =>
      relativeLinks(page)
        .filter((target) => !leads(page, target))
        .map((target) => `${page.path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('name npm scripts that there are', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test)\b)/g)].map(([, script, test]) => ({
        path,
        script: script ?? test,
      })),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ script }) => !script || !(script in scripts))).toEqual([]);
  });

  it('name commands and options of millrace that there are', () => {
    const program = createProgram({ version: '0', directory: root, print: () => undefined });
    const lines = pages.flatMap(({ path, text }) =>
      [
        ...text.matchAll(/\bmillrace ((?:dev|enqueue|jobs|queues|schedules|drain|resume|where)\b[^`\n#]*)/g),
      ].map(([, line = '']) => ({
        path,
        line,
        wrong: notKnown(program, line.replaceAll(/"[^"]*"/g, 'text')),
      })),
    );
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  });

  it('tell every command and every exit code', () => {
    const { text = '' } = pages.find(({ path }) => path === 'docs/operating/cli.md') ?? {};
    const program = createProgram({ version: '0', directory: root, print: () => undefined });
    const commands = program.commands.flatMap((command) =>
      command.commands.length > 0
        ? command.commands.map((each) => `${command.name()} ${each.name()}`)
        : [command.name()],
    );
    const untold = commands.filter((name) => !new RegExp(`^\\| \`millrace ${name}\\b`, 'm').test(text));
    expect(untold).toEqual([]);
    expect([...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
  });

  it('name no file of a code span that is gone', () => {
    const spans = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:lib|test|bench|docs|bin|demo|lambdas|scripts)\/[\w./-]+\.\w+)`/g)].map(
        ([, file = '']) => ({ path, file }),
      ),
    );
    expect(spans.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
  });
});

function leads({ path }: Page, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const to = file === '' ? path : join(dirname(path), file);
  if (!existsSync(join(root, to))) return false;
  if (anchor === undefined) return true;
  const page = pages.find((each) => each.path === to);
  return page !== undefined && anchors(page).has(anchor);
}

/** Options of a command line that the command does not have; or the command itself. */
function notKnown(program: ReturnType<typeof createProgram>, line: string): string[] {
  const words = line.split(/\s+/);
  let command = program;
  for (const word of words) command = command.commands.find((each) => each.name() === word) ?? command;
  if (command.commands.length > 0) return words.length > 1 ? [line] : [];
  const flags = words.filter((word) => word.startsWith('--'));
  return flags.filter((flag) => !command.options.some(({ long }) => long === flag));
}
