import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../lib/observe/index.ts';

/** What the process printed, line by line, as CloudWatch would read it. */
let printed: Record<string, unknown>[];

beforeEach(() => {
  // With it Powertools prints by the global console, which a test can listen to.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  printed = [];
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void printed.push(JSON.parse(line)));
  }
  return () => vi.unstubAllEnvs();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const job = {
  job_id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  job_type: 'mail.send',
  attempt: 2,
  tenant: 'acme',
  correlation_id: 'c-1',
};

describe('a job’s logger', () => {
  it('writes one JSON line a call, with the job’s fields on each', () => {
    const log = createLogger({ service: 'default' }).child(job);
    log.info('sent', { to: 'ann' });
    log.warn('slow');
    log.error('refused', new Error('no answer'));
    expect(printed).toHaveLength(3);
    for (const line of printed) expect(line).toMatchObject({ ...job, service: 'default' });
    expect(printed).toMatchObject([
      { level: 'INFO', message: 'sent', to: 'ann' },
      { level: 'WARN', message: 'slow' },
      { level: 'ERROR', message: 'refused', error: { name: 'Error', message: 'no answer' } },
    ]);
  });

  it('leaves out what the job does not have', () => {
    createLogger({ service: 'a' })
      .child({ ...job, tenant: undefined, correlation_id: undefined })
      .info('sent');
    expect(printed[0]).not.toHaveProperty('tenant');
    expect(printed[0]).not.toHaveProperty('correlation_id');
  });

  it('keeps to its job: neither its parent nor its siblings take its fields', () => {
    const logger = createLogger({ service: 'a' });
    const one = logger.child(job);
    const other = logger.child({ ...job, job_id: 'other', tenant: undefined });
    one.info('1', { extra: 1 });
    other.info('2');
    logger.info('3');
    expect(printed[1]).toMatchObject({ job_id: 'other' });
    expect(printed[1]).not.toHaveProperty('tenant');
    expect(printed[1]).not.toHaveProperty('extra');
    expect(printed[2]).not.toHaveProperty('job_id');
  });

  it('does not let a handler’s fields stand for the job’s', () => {
    createLogger({ service: 'a' }).child(job).info('sent', { job_id: 'forged', attempt: 99, to: 'ann' });
    expect(printed[0]).toMatchObject({ ...job, to: 'ann' });
  });

  it.each<[string, () => object]>([
    [
      'a circle',
      () => {
        const circle: { self?: unknown } = {};
        circle.self = circle;
        return { circle };
      },
    ],
    ['a BigInt', () => ({ n: 10n })],
    [
      'a field that throws when read',
      () => ({
        get bad() {
          throw new Error('no');
        },
      }),
    ],
    [
      'what cannot be JSON',
      () => ({
        toJSON() {
          throw new Error('no');
        },
      }),
    ],
  ])('never throws, and still names the job: %s', (_, extra) => {
    const log = createLogger({ service: 'a' }).child(job);
    expect(() => log.info('sent', extra() as Record<string, unknown>)).not.toThrow();
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatchObject({ ...job, message: 'sent' });
  });

  it('is silent below its level, INFO by default', () => {
    const log = createLogger({ service: 'a' }).child(job);
    log.debug('details');
    expect(printed).toEqual([]);
  });
});
