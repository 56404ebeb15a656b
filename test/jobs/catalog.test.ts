import { describe, expect, it } from 'vitest';
import { buildReport, catalog, deliverWebhook, exportUserData } from '../../lambdas/jobs/catalog.ts';

describe('the catalog', () => {
  it('gives each job type a priority and a retry policy of its own', () => {
    const priorities = catalog.jobs.map((job) => job.priority);
    expect(priorities).toEqual(['high', 'normal', 'low']);
    expect(new Set(catalog.jobs.map((job) => JSON.stringify(job.retry))).size).toBe(3);
  });

  it('takes http and https URLs for webhooks, and no others', () => {
    const takes = (url: string) =>
      deliverWebhook.schema.safeParse({ url, event: { type: 't', data: {} } }).success;
    expect(takes('https://hooks.example/a?b=c')).toBe(true);
    expect(takes('http://127.0.0.1:8080/')).toBe(true);
    for (const url of [
      'ftp://hooks.example/',
      'javascript:alert(1)',
      'file:///etc/passwd',
      'hooks.example',
      '',
    ]) {
      expect(takes(url)).toBe(false);
    }
  });

  it('takes the two formats of a report', () => {
    const takes = (format: string) =>
      buildReport.schema.safeParse({ source: { key: 'in.csv' }, format, title: 'Orders' }).success;
    expect([takes('html'), takes('json'), takes('pdf')]).toEqual([true, true, false]);
  });

  it('takes no user id that reaches out of its prefix', () => {
    const takes = (userId: string) => exportUserData.schema.safeParse({ userId }).success;
    expect(takes('u_1-A')).toBe(true);
    for (const userId of ['', '../u2', 'u1/', 'u 1', 'x'.repeat(65)]) expect(takes(userId)).toBe(false);
  });
});
