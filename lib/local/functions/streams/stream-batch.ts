import { type Clock, sleep } from '../../../contract/index.ts';
import { readBatchResponse } from '../batch-response.ts';
import type { InvokeResult } from '../invocation.ts';
import type { StreamEventSourceSpec } from '../spec.ts';
import type { DiscardCondition, DiscardedBatch } from './discarded-batch.ts';
import { createdAt, type StreamRecord, sequenceNumber } from './stream-event.ts';

/** Between tries; Lambda backs off too, but says nothing of how. */
const RETRY_MS = { first: 100, longest: 10_000 };

type RetryRules = Pick<
  StreamEventSourceSpec,
  'bisect' | 'maximumRetryAttempts' | 'maximumRecordAgeSeconds' | 'reportBatchItemFailures'
>;

export interface StreamBatchOptions {
  readonly rules: RetryRules;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  invoke(event: { Records: readonly StreamRecord[] }): Promise<InvokeResult>;
  /** A try failed; the records are tried again or discarded next. */
  onFailed(failure: { records: readonly StreamRecord[]; message: string }): void;
  onDiscarded(batch: DiscardedBatch): Promise<void>;
}

/** A run of records that is tried as one. */
interface Segment {
  readonly records: readonly StreamRecord[];
  /** Tries that ended badly at its first record. */
  readonly failures: number;
  /** Whether the last of them was an error, not a list of failed items. */
  readonly functionError: boolean;
}

/** How one try ended: the records up to `failedAt` are done. */
interface Failure {
  readonly failedAt: number;
  readonly functionError: boolean;
  readonly message: string;
}

/**
 * Hands the records of one shard to the function, in order, until each is done or given up. Throws the signal's reason
 * when it is stopped before.
 *
 * - an error fails the whole batch; with partial responses the batch goes on from its lowest failed record
 * - with `bisect` a batch is split at its lowest failed record, or in two where that is its first; neither is a try
 * - tries are counted by the record that a batch begins with: progress begins a new count
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export async function runStreamBatch(
  records: readonly StreamRecord[],
  options: StreamBatchOptions,
): Promise<void> {
  const left: Segment[] = [{ records, failures: 0, functionError: false }];
  for (let segment = left.shift(); segment !== undefined; segment = left.shift()) {
    const young = await discardOld(segment, options);
    if (young === undefined) continue;
    const failure = await tryOnce(young, options);
    if (failure !== undefined) left.unshift(...(await next(young, failure, options)));
  }
}

/** Gives up what has become too old, and returns the rest. */
async function discardOld(segment: Segment, options: StreamBatchOptions): Promise<Segment | undefined> {
  const { rules, clock } = options;
  if (rules.maximumRecordAgeSeconds < 0) return segment;
  const oldest = clock.now() - rules.maximumRecordAgeSeconds * 1000;
  const young = segment.records.findIndex((record) => createdAt(record) >= oldest);
  if (young === 0) return segment;
  const count = young === -1 ? segment.records.length : young;
  await discard({ ...segment, records: segment.records.slice(0, count) }, 'RecordAgeExceeded', options);
  const records = segment.records.slice(count);
  return records.length === 0 ? undefined : { records, failures: 0, functionError: false };
}

async function tryOnce(segment: Segment, options: StreamBatchOptions): Promise<Failure | undefined> {
  const { records } = segment;
  const result = await invokeUnthrottled(records, options);
  if (result.outcome !== 'succeeded') {
    const { errorType, errorMessage } = result.error;
    return { failedAt: 0, functionError: true, message: `${errorType}: ${errorMessage}` };
  }
  if (!options.rules.reportBatchItemFailures) return undefined;
  const verdict = readBatchResponse({ payload: result.payload, ids: records.map(sequenceNumber) });
  if (verdict.kind === 'succeeded') return undefined;
  if (verdict.kind === 'unreadable') {
    return { failedAt: 0, functionError: false, message: `batch response: ${verdict.message}` };
  }
  const failedAt = records.findIndex((record) => verdict.failed.has(sequenceNumber(record)));
  return { failedAt, functionError: false, message: 'reported in batchItemFailures' };
}

/** A throttled function was not reached: that is no try, and is repeated for as long as it takes. */
async function invokeUnthrottled(
  records: readonly StreamRecord[],
  { invoke, clock, signal }: StreamBatchOptions,
): Promise<InvokeResult> {
  for (let pause = RETRY_MS.first; ; pause = Math.min(pause * 2, RETRY_MS.longest)) {
    const result = await invoke({ Records: records });
    // What was cut off by the host's own end is neither done nor failed.
    if (result.outcome !== 'succeeded') signal.throwIfAborted();
    if (result.outcome !== 'throttled') return result;
    await sleep(clock, pause, signal);
  }
}

/** What is tried after a failure: the rest, its halves, or nothing. */
async function next(segment: Segment, failure: Failure, options: StreamBatchOptions): Promise<Segment[]> {
  const { rules, clock, signal } = options;
  const { failedAt, functionError, message } = failure;
  options.onFailed({ records: segment.records.slice(failedAt), message });
  const records = segment.records.slice(failedAt);
  const untried = (part: readonly StreamRecord[]): Segment => ({ records: part, failures: 0, functionError });
  if (rules.bisect && failedAt > 0) return [untried(records)];
  if (rules.bisect && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    return [untried(records.slice(0, middle)), untried(records.slice(middle))];
  }
  const failures = failedAt > 0 ? 1 : segment.failures + 1;
  const rest = { records, failures, functionError };
  if (rules.maximumRetryAttempts >= 0 && failures > rules.maximumRetryAttempts) {
    await discard(rest, 'RetryAttemptsExhausted', options);
    return [];
  }
  await sleep(clock, Math.min(RETRY_MS.first * 2 ** (failures - 1), RETRY_MS.longest), signal);
  return [rest];
}

async function discard(
  segment: Segment,
  condition: DiscardCondition,
  options: StreamBatchOptions,
): Promise<void> {
  const { records, failures, functionError } = segment;
  await options.onDiscarded({ records, condition, invokeCount: failures, functionError });
}
