import type { ColumnSummary, CsvSummary } from './csv-summary.ts';
import type { Report } from './report.ts';

/** The report for people: one page that needs nothing else and runs nothing. */
export function htmlReport({ title, source, requestedAt, summary }: Report): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p>${number(summary.rows)} rows, ${number(summary.columns.length)} columns · requested <time datetime="${requestedAt.toISOString()}">${minute(requestedAt)}</time></p>
</header>
<main>
${groupsSection(summary)}<section>
<h2>Columns</h2>
${columnsTable(summary.columns)}
</section>
</main>
<footer>Source: <code>${escaped(source)}</code></footer>
</body>
</html>
`;
}

function groupsSection({ groups, columns, rows }: CsvSummary): string {
  if (!groups) return '';
  const summed = columns.filter((column) => column.numbers !== undefined).map((column) => column.name);
  const head = [groups.by, 'Rows', 'Share', ...summed.map((name) => `Sum of ${name}`)];
  const body = groups.values.map(({ value, rows: some, sums }) => [
    name(value),
    numeric(some),
    share(some / rows),
    ...summed.map((column) => numeric(sums[column])),
  ]);
  return `<section>\n<h2>By ${escaped(groups.by)}</h2>\n${table(head, body)}\n</section>\n`;
}

function columnsTable(columns: readonly ColumnSummary[]): string {
  const head = ['Column', 'Filled', 'Empty', 'Sum', 'Mean', 'Lowest', 'Highest'];
  const body = columns.map(({ name: column, filled, empty, numbers }) => [
    name(column),
    numeric(filled),
    numeric(empty),
    numeric(numbers?.sum),
    numeric(numbers?.mean),
    numeric(numbers?.min),
    numeric(numbers?.max),
  ]);
  return table(head, body);
}

/** `head` is text; `body` holds whole cells. The first column is text, the others are numbers. */
function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = head.map((text, i) => `<th scope="col"${i === 0 ? '' : ' class="n"'}>${escaped(text)}</th>`);
  const lines = body.map((row) => `<tr>${row.join('')}</tr>`);
  const rows = lines.length === 0 ? `<tr><td colspan="${head.length}">No rows</td></tr>` : lines.join('\n');
  return `<div class="wide"><table>
<thead><tr>${cells.join('')}</tr></thead>
<tbody>
${rows}
</tbody>
</table></div>`;
}

function name(text: string): string {
  return `<th scope="row">${text === '' ? '<em>(empty)</em>' : escaped(text)}</th>`;
}

function numeric(value: number | undefined): string {
  return `<td class="n">${value === undefined ? '–' : number(value)}</td>`;
}

function share(part: number): string {
  const percent = `${(part * 100).toFixed(1)} %`;
  return `<td class="n"><span class="bar" style="--part:${(part * 100).toFixed(1)}%"></span>${percent}</td>`;
}

const format = new Intl.NumberFormat('en-US', { maximumFractionDigits: 4 });

function number(value: number): string {
  return format.format(value);
}

function minute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #2f6fde; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
header p, footer { opacity: .7; }
footer { margin-top: 2.5rem; font-size: .85rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .45rem .8rem; text-align: left; white-space: nowrap; }
thead th { font-size: .8rem; background: var(--soft); }
tbody th { font-weight: 500; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; width: 4rem; height: .5rem; margin-right: .6rem; border-radius: 4px; vertical-align: middle;
  background: linear-gradient(to right, var(--accent) var(--part), var(--soft) var(--part)); }
`;
