import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** One Markdown file of the repository. */
export interface Page {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly text: string;
}

const NOT_OURS = /(^|\/)(node_modules|dist|cdk\.out|coverage|\.[^/]+)(\/|$)/;

/** Every Markdown file of the repository. */
export async function readPages(): Promise<Page[]> {
  const paths = (await readdir(root, { recursive: true, withFileTypes: false })).filter(
    (path) => path.endsWith('.md') && !NOT_OURS.test(path),
  );
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));
}

/** A file that a code block shows. */
export interface ShownFile {
  readonly name: string;
  readonly text: string;
}

const NAMED = /^\/\/ ([\w./-]+\.ts)\b.*$/m;

/** The TypeScript of a page: a block is one file, or several, each begun by a comment with its name. */
export function shownFiles({ text }: Page): ShownFile[] {
  const blocks = [...text.matchAll(/^( *)```(?:ts|typescript)\n([\s\S]*?)^ *```$/gm)];
  return blocks.flatMap(([, indent = '', body = ''], i) => {
    const lines = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    const parts = lines.split(/(?=^\/\/ [\w./-]+\.ts\b)/m);
    return parts
      .filter((part) => part.trim() !== '')
      .map((part) => ({ name: NAMED.exec(part)?.[1] ?? `block-${i + 1}.ts`, text: part }));
  });
}

/** Links to other places of the repository: not to the web. */
export function relativeLinks({ text }: Page): string[] {
  const prose = text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub gives a page's headings. */
export function anchors({ text }: Page): Set<string> {
  const headings = [...text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(
    ([, heading = '']) => heading,
  );
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}
