import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CsvInvalidError, csvRecords } from '../../../lambdas/jobs/report/csv-records.ts';
import { SUMMARY_LIMITS, summarise } from '../../../lambdas/jobs/report/csv-summary.ts';
import { thrownBy } from '../job-context.ts';

const orders = () => createReadStream(new URL('./fixtures/orders.csv', import.meta.url));
const summaryOf = (csv: string, groupBy?: string) => summarise(csvRecords(Readable.from([csv])), { groupBy });

describe('the summary of a CSV', () => {
  it('counts what is filled and sums the columns that are all numbers', async () => {
    const { rows, columns, groups } = await summarise(csvRecords(orders()), { groupBy: undefined });
    expect(rows).toBe(5);
    expect(groups).toBeUndefined();
    expect(columns).toEqual([
      { name: 'country', filled: 5, empty: 0 },
      { name: 'plan', filled: 5, empty: 0 },
      { name: 'amount', filled: 5, empty: 0, numbers: { sum: 169.8, mean: 33.96, min: 0, max: 120.1 } },
      { name: 'note', filled: 4, empty: 1 },
    ]);
  });

  it('sums by the values of a column, most rows first', async () => {
    const { groups } = await summarise(csvRecords(orders()), { groupBy: 'country' });
    expect(groups).toEqual({
      by: 'country',
      values: [
        { value: 'DE', rows: 3, sums: { amount: 120.3 } },
        { value: 'CH', rows: 1, sums: { amount: 49.5 } },
        { value: 'FR', rows: 1, sums: { amount: 0 } },
      ],
    });
  });

  it('takes a byte order mark, CRLF, empty lines and spaces around values', async () => {
    const { rows, columns } = await summaryOf('\ufeffa , b\r\n1,x\r\n\r\n 2 ,y\r\n');
    expect(rows).toBe(2);
    expect(columns.map((column) => column.name)).toEqual(['a', 'b']);
    expect(columns[0]?.numbers?.sum).toBe(3);
  });

  it('takes numbers with signs and exponents, and calls nothing else a number', async () => {
    const { columns } = await summaryOf('n,hex,inf\n-1,0x10,Infinity\n+2.5e1,1,1\n.5,1,1\n');
    expect(columns[0]?.numbers).toEqual({ sum: 24.5, mean: 8.16666666667, min: -1, max: 25 });
    expect(columns[1]?.numbers).toBeUndefined();
    expect(columns[2]?.numbers).toBeUndefined();
  });

  it('is of no rows where there is a header alone', async () => {
    expect(await summaryOf('a,b\n', 'a')).toMatchObject({ rows: 0, groups: { by: 'a', values: [] } });
  });

  it('treats a column named like a part of every object as any other', async () => {
    const { groups } = await summaryOf('__proto__,constructor\n1,x\n2,x\n', 'constructor');
    const [group] = groups?.values ?? [];
    expect(Object.entries(group?.sums ?? {})).toEqual([['__proto__', 3]]);
  });
});

describe('an input that is no CSV for a report', () => {
  const header = (columns: number) => Array.from({ length: columns }, (_, i) => `c${i}`).join(',');
  const groups = Array.from({ length: SUMMARY_LIMITS.groups + 1 }, (_, i) => `g${i}`).join('\n');

  it.each([
    ['a record with a field too many', 'a,b\n1,2\n3,4,5\n', 'Line 3'],
    ['a record with a field too few', 'a,b\n1\n', 'Line 2'],
    ['a quote that never closes', 'a,b\n1,"2\n3,4\n', 'Line'],
    ['a quote in the middle', 'a,b\n1,2\n3,4"5"\n', 'Line 3'],
    ['no header', '', 'empty'],
    ['a column without a name', 'a,,c\n', 'Line 1: Column 2 has no name'],
    ['two columns of one name', 'a,b,a\n', "Line 1: Two columns are named 'a'"],
    ['too many columns', header(SUMMARY_LIMITS.columns + 1), 'Line 1: 201 columns'],
  ])('is refused with its line: %s', async (_what, csv, said) => {
    const error = await thrownBy(summaryOf(csv));
    expect(error).toBeInstanceOf(CsvInvalidError);
    expect(String(error)).toContain(said);
  });

  it('is refused when it lacks the column to group by, naming those it has', async () => {
    const error = await thrownBy(summaryOf('a,b\n1,2\n', 'c'));
    expect(error).toBeInstanceOf(CsvInvalidError);
    expect(String(error)).toContain('a, b');
  });

  it('is refused when the column to group by has too many values', async () => {
    expect(await thrownBy(summaryOf(`id\n${groups}\n`, 'id'))).toBeInstanceOf(CsvInvalidError);
  });

  it('is refused before a record without an end fills the memory', async () => {
    const endless = Readable.from(
      (function* () {
        yield 'a\n"';
        for (let i = 0; i < 100; i++) yield 'x'.repeat(65_536);
      })(),
    );
    expect(await thrownBy(summarise(csvRecords(endless), { groupBy: undefined }))).toBeInstanceOf(
      CsvInvalidError,
    );
  });

  it('lets an error of the stream through as it is', async () => {
    const broken = Readable.from(
      (function* () {
        yield 'a,b\n1,2\n';
        throw new Error('connection lost');
      })(),
    );
    const error = await thrownBy(summarise(csvRecords(broken), { groupBy: undefined }));
    expect(error).not.toBeInstanceOf(CsvInvalidError);
    expect(String(error)).toContain('connection lost');
  });
});
