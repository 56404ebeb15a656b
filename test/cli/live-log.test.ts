import { describe, expect, it } from 'vitest';
import { LiveLog } from '../../lib/cli/live-log.ts';
import { readable, wrapped } from '../../lib/cli/text.ts';
import type { LocalEvent } from '../../lib/local/index.ts';

const TIME = new Date(2026, 0, 2, 9, 5, 7, 40).getTime();
const base = { function: 'physical-name-1a2b', time: TIME };
const logged = (line: object | string): LocalEvent => ({
  ...base,
  type: 'log',
  stream: 'stdout',
  line: typeof line === 'string' ? line : JSON.stringify(line),
});
const settled = (more: object) =>
  logged({ level: 'INFO', message: 'job settled', job_type: 'receipt.send', job_id: '01J', ...more });

function show(...events: LocalEvent[]): (string | undefined)[] {
  const log = new LiveLog({ columns: 60, nameOf: () => 'Jobs/Worker' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out.
  return events.map((event) => log.line(event)?.replaceAll(/\x1b\[\d+m/g, ''));
}

describe('the live log', () => {
  it('shows an attempt that ended in one line', () => {
    const facts = { attempt: 1, priority: 'high', tenant: 'acme', wait_ms: 70, duration_ms: 1_340 };
    expect(show(settled({ outcome: 'succeeded', ...facts }))).toEqual([
      '09:05:07.040 ✓ succeeded receipt.send 01J attempt 1 · high · acme · waited 70 ms · ran 1.3 s',
    ]);
  });

  it('shows why an attempt failed below it, broken where the line ends', () => {
    const error_message = 'The mail server did not answer. Got: nothing in 10 s';
    const line = settled({
      outcome: 'dead',
      attempt: 3,
      priority: 'low',
      error_name: 'SmtpError',
      error_message,
    });
    expect(show(line)).toEqual([
      [
        '09:05:07.040 ✗ dead      receipt.send 01J attempt 3 · low',
        '               SmtpError: The mail server did not answer.',
        '               Got: nothing in 10 s',
      ].join('\n'),
    ]);
  });

  it('shows an end without an attempt, and an outcome that it does not know', () => {
    expect(show(settled({ outcome: 'cancelled', attempt: 0, priority: 'low' }))).toEqual([
      '09:05:07.040   cancelled receipt.send 01J low',
    ]);
  });

  it('keeps the columns as wide as the longest type so far', () => {
    const [, second] = show(
      settled({ outcome: 'succeeded', priority: 'low', job_type: 'a.much.longer.type' }),
      settled({ outcome: 'succeeded', priority: 'low' }),
    );
    expect(second).toBe('09:05:07.040 ✓ succeeded receipt.send       01J low');
  });

  it('shows what a handler logs, with its own fields', () => {
    const line = {
      level: 'WARN',
      message: 'slow',
      job_type: 'a',
      job_id: 'b',
      timestamp: 'x',
      rows: 7,
      to: 'acme',
    };
    expect(show(logged(line), logged('plain text'), logged('{ not JSON'))).toEqual([
      '09:05:07.040 ! warn      a b slow rows=7 to=acme',
      '09:05:07.040   plain text',
      '09:05:07.040   { not JSON',
    ]);
  });

  it('shows a schedule whose event was not taken', () => {
    const schedule = 'arn:aws:scheduler:us-east-1:000000000000:schedule/group/nightly';
    const message = 'given up and lost: no such queue';
    expect(show({ type: 'schedule-failed', schedule, time: base.time, message })).toEqual([
      '09:05:07.040 ! schedule  group/nightly: given up and lost: no such queue',
    ]);
  });

  it('shows the end of a sandbox once', () => {
    const message = 'Runtime.ExitError: RequestId: 1-2 Error: Runtime exited with error: signal: killed';
    expect(
      show(
        { ...base, type: 'crash', message },
        { ...base, type: 'batch-failed', source: 's', items: ['1'], message },
        {
          ...base,
          type: 'batch-failed',
          source: 's',
          items: ['1'],
          message: 'reported in batchItemFailures',
        },
        { ...base, type: 'throttled', requestId: '1' },
      ),
    ).toEqual([
      '09:05:07.040 ! crash     Jobs/Worker: Runtime.ExitError: Runtime exited with error: signal: killed',
      undefined,
      undefined,
      '09:05:07.040 ! throttled Jobs/Worker: its reserved concurrency is in use',
    ]);
  });
});

describe('readable', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [125_000, '2 min 5 s'],
  ])('shows %i ms as %s', (ms, text) => {
    expect(readable(ms)).toBe(text);
  });
});

describe('wrapped', () => {
  it('leaves lines as they are where there is no terminal', () => {
    expect(wrapped('a long line\nand another', { indent: 2, columns: undefined })).toBe(
      '  a long line\n  and another',
    );
  });

  it('does not break a word that is longer than a line', () => {
    const word = 'x'.repeat(40);
    expect(wrapped(`a ${word} b`, { indent: 0, columns: 20 })).toBe(`a\n${word}\nb`);
  });
});
