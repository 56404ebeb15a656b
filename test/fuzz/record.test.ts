import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULTS,
  isEnded,
  readEnvelope,
  STATUSES,
  type Status,
  writeEnvelope,
} from '../../lib/contract/index.ts';
import { decideSweep } from '../../lib/lifecycle/index.ts';
import {
  buryWrite,
  type ClaimDecision,
  cancelWrite,
  decideClaim,
  deferWrite,
  envelopeOf,
  expireWrite,
  type Item,
  type JobRecord,
  RecordUnreadableError,
  readRecord,
  redispatchWrite,
  redriveWrite,
  toItem,
  toUpdate,
  type Write,
} from '../../lib/state/index.ts';
import { changedItem, changes } from './records.ts';
import { scaled, TIME_LIMIT } from './scale.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const MESSAGE = { id: 'job-1', gen: 'gen-1', dispatch: 2, nonce: 'n-1' };
const ERROR = { name: 'Error', message: 'no', fingerprint: 'f' };
const ENDING = { now: NOW, retention: MINUTE };

/** A record in any state, as Millrace writes it. */
function recordIn(status: Status): JobRecord {
  const running = status === 'running';
  return {
    ...{ id: MESSAGE.id, gen: MESSAGE.gen, dispatch: MESSAGE.dispatch, status },
    ...{
      type: 'work',
      version: 1,
      pool: 'default',
      priority: 'normal',
      tenant: 'acme',
      tags: { plan: 'pro' },
    },
    ...{ runAt: NOW - MINUTE, attempts: 1, unsettled: running ? 1 : 0, enqueuedAt: NOW - MINUTE },
    ...{ payload: '{"n":1}', holder: 'n-0', token: 't-0' },
    ...(running && { holder: 'n-1', token: 't-1', leaseUntil: NOW - 1, startedAt: NOW - MINUTE }),
    ...(isEnded(status) && { endedAt: NOW, expiresAt: NOW / 1000 + 60 }),
    ...(status === 'dead' && { error: ERROR, deadShard: 'dead#1', deadAt: NOW }),
  };
}

/** The write that a decision leads to, where it leads to one. */
function writeOf(decision: ClaimDecision): Write | undefined {
  switch (decision.do) {
    case 'cancel':
      return cancelWrite(decision.record, ENDING);
    case 'expire':
      return expireWrite(decision.record, ENDING);
    case 'bury':
      return buryWrite(decision.record, { ...ENDING, error: ERROR });
    case 'defer':
      return deferWrite(decision.record, { nonce: 'n-2', runAt: decision.record.runAt });
    default:
      return undefined;
  }
}

/** A write that DynamoDB takes, after which the record can be read again. */
function expectWritable(item: Item, write: Write): void {
  const { ExpressionAttributeValues = {} } = toUpdate('t', write);
  for (const { N } of Object.values(ExpressionAttributeValues))
    if (N !== undefined) expect(N).toMatch(/^-?\d+$/);
  const kept = Object.entries(item).filter(([name]) => !write.remove.includes(name));
  expect(() => readRecord({ ...Object.fromEntries(kept), ...toItem(write.set) })).not.toThrow();
}

/** Why a message may be deleted although its job has not ended. */
function nothingLeftToDo(record: JobRecord): boolean {
  const { status, gen, dispatch, holder } = record;
  if (gen !== MESSAGE.gen || isEnded(status) || dispatch > MESSAGE.dispatch) return true;
  return status === 'blocked' || (status === 'running' && holder !== MESSAGE.nonce);
}

/** How many it is that are tried. */
const RUNS = scaled(40_000);

describe(`${RUNS} records that nobody of ours wrote`, () => {
  it(
    'are read, and lead to decisions that lose no job, or are refused with the typed error',
    () => {
      let read = 0;
      const rules = { now: NOW, messageRetention: MINUTE, lapseLimit: 3, hopLimit: DEFAULTS.hopLimit };
      fc.assert(
        fc.property(fc.constantFrom(...STATUSES), changes, (status, list) => {
          const item = changedItem(recordIn(status), list);
          let record: JobRecord;
          try {
            record = readRecord(item);
          } catch (error) {
            expect(error).toBeInstanceOf(RecordUnreadableError);
            expect(error).toMatchObject({ context: { id: 'job-1' } });
            expect((error as Error).message.length).toBeLessThan(1_000);
            return;
          }
          read += 1;
          const decision = decideClaim(record, { message: MESSAGE, now: NOW, lapseLimit: 3 });
          if (decision.do === 'ack') expect(nothingLeftToDo(record)).toBe(true);
          if (decision.do === 'leave') expect(decision.until).toBeGreaterThan(0);
          const write = writeOf(decision);
          if (write) expectWritable(item, write);
          const sweep = decideSweep(record, rules);
          if (sweep.do === 'redispatch')
            expectWritable(item, redispatchWrite(record, { now: NOW, hops: 1, runAt: NOW }));
          if (isEnded(record.status)) expectWritable(item, redriveWrite(record, { now: NOW }));
          if (record.payload !== undefined) expectMessage(record, record.payload);
        }),
        { numRuns: RUNS },
      );
      expect(read).toBeGreaterThan(scaled(5_000));
    },
    TIME_LIMIT,
  );
});

/** The message of a record is one that workers read, or the error names the record. */
function expectMessage(record: JobRecord, payload: string): void {
  try {
    const envelope = envelopeOf(record, { nonce: 'n-3', payload });
    expect(readEnvelope(writeEnvelope(envelope))).toMatchObject({ id: record.id, gen: record.gen });
  } catch (error) {
    expect(error).toBeInstanceOf(RecordUnreadableError);
  }
}
