import { describe, expect, it } from 'vitest';
import { MillraceError } from '../../lib/contract/index.ts';
import {
  type Item,
  type JobRecord,
  RecordUnreadableError,
  readRecord,
  stateItem,
} from '../../lib/state/index.ts';
import { queuedRecord } from '../conformance/job-writes.ts';

const record: JobRecord = queuedRecord('job-1');

function refusal(item: Item): RecordUnreadableError {
  try {
    readRecord(item);
  } catch (error) {
    if (error instanceof RecordUnreadableError) return error;
    throw error;
  }
  throw new Error('the record was read');
}

describe('a state item', () => {
  it('is read as it was written', () => {
    expect(readRecord(stateItem(record))).toEqual(record);
  });

  it('is read without what a newer writer added, of whatever type', () => {
    const added: Item = { lineage: { L: [{ S: 'a' }] }, shadow: { NULL: true }, seen: { SS: ['a'] } };
    expect(readRecord({ ...stateItem(record), ...added })).toEqual(record);
  });

  const required = ['type', 'version', 'pool', 'priority', 'status', 'gen', 'dispatch', 'runAt', 'attempts'];
  it.each([...required, 'unsettled', 'enqueuedAt'])('is refused without %s', (name) => {
    const { [name]: _, ...item } = stateItem(record);
    expect(refusal(item).message).toContain(`${name} is missing`);
  });

  it.each<[string, Item[string]]>([
    ['status', { S: 'sleeping' }],
    ['status', { N: '1' }],
    ['priority', { S: 'urgent' }],
    ['dispatch', { S: '0' }],
    ['dispatch', { N: '0.5' }],
    ['dispatch', { N: '-1' }],
    ['attempts', { N: '1e60' }],
    ['runAt', { N: '8640000000000001' }],
    ['gen', { S: '' }],
    ['token', { NULL: true }],
    ['tenant', { S: 'two words' }],
    ['tags', { M: { plan: { N: '1' } } }],
    ['error', { M: { name: { S: 'Error' } } }],
    ['cancelRequested', { S: 'true' }],
    // The conditions ask whether it is there: by this one, a decision would never come to a write.
    ['cancelRequested', { BOOL: false }],
    ['parts', { N: '2' }],
    ['payload', { B: new Uint8Array([1]) }],
  ])('is refused with another %s, and says what stands there: %j', (name, value) => {
    const error = refusal({ ...stateItem(record), [name]: value });
    expect(error).toBeInstanceOf(MillraceError);
    expect(error).toMatchObject({ code: 'RECORD_UNREADABLE', retryable: false, context: { id: 'job-1' } });
    expect(error.message).toContain(`${name} is {`);
  });

  it('is refused under a key that is not of a job', () => {
    expect(refusal({ ...stateItem(record), pk: { S: 'user#1' } }).message).toContain('user#1');
    expect(refusal({ ...stateItem(record), sk: { S: 'payload#g' } }).message).toContain('payload#g');
    expect(refusal({}).message).toContain('pk is missing');
  });

  it('names every problem, in bearable length', () => {
    const error = refusal({ ...stateItem(record), status: { S: 'x'.repeat(9_999) }, dispatch: { S: '0' } });
    expect(error.context['problems']).toHaveLength(2);
    expect(error.message.length).toBeLessThan(900);
  });
});
