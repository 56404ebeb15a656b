import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { csvRecords } from '../../../lambdas/jobs/report/csv-records.ts';
import { summarise } from '../../../lambdas/jobs/report/csv-summary.ts';
import { htmlReport } from '../../../lambdas/jobs/report/html-report.ts';

async function page({
  csv = 'a\n1\n',
  groupBy,
  title = 'A report',
}: {
  csv?: string;
  groupBy?: string;
  title?: string;
}) {
  const summary = await summarise(csvRecords(Readable.from([csv])), { groupBy });
  return htmlReport({
    title,
    source: 's3://b/in.csv',
    requestedAt: new Date('2026-11-01T12:00:00Z'),
    summary,
  });
}

describe('the HTML report', () => {
  it('escapes everything that comes from outside', async () => {
    const evil = `<script>alert("1")</script>&'`;
    const csv = `"<img src=x>",n\n"${evil.replaceAll('"', '""')}",1\n`;
    const html = await page({ csv, groupBy: '<img src=x>', title: evil });
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
  });

  it('lets a browser load and run nothing', async () => {
    const html = await page({});
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/https?:|src=|href=/);
  });

  it('shows numbers readably, and the share of each group', async () => {
    const html = await page({ csv: 'plan,cents\npro,1234567\npro,1\nfree,0\n,0\n', groupBy: 'plan' });
    expect(html).toContain('1,234,568');
    expect(html).toContain('50.0 %');
    expect(html).toContain('<em>(empty)</em>');
  });

  it('says so when there are no rows', async () => {
    expect(await page({ csv: 'a\n', groupBy: 'a' })).toContain('No rows');
  });
});
