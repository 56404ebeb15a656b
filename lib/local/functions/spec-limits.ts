import { SpecOutOfRangeError } from './errors.ts';
import type { FunctionSpec, SqsEventSourceSpec, StreamEventSourceSpec } from './spec.ts';

interface Range {
  readonly of: string;
  readonly field: string;
  readonly got: number | undefined;
  readonly least: number;
  readonly most: number;
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export function checkFunction(spec: FunctionSpec): void {
  const { name: of, timeoutSeconds, memoryMb, reservedConcurrency } = spec;
  // AWS takes whole seconds only; less than one is of use to tests.
  within({ of, field: 'Timeout', got: timeoutSeconds, least: 0.001, most: 900 });
  within({ of, field: 'MemorySize', got: memoryMb, least: 128, most: 10_240 });
  const most = Number.POSITIVE_INFINITY;
  within({ of, field: 'ReservedConcurrentExecutions', got: reservedConcurrency, least: 0, most });
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
export function checkSqsEventSource(spec: SqsEventSourceSpec): void {
  const { id: of, maximumConcurrency } = spec;
  checkBatch(spec);
  within({ of, field: 'MaximumConcurrency', got: maximumConcurrency, least: 2, most: 1_000 });
  // A batch over ten takes several receives, and Lambda gathers them in a window of at least a second.
  const least = spec.batchSize > 10 ? 1 : 0;
  within({ of, field: 'MaximumBatchingWindowInSeconds', got: spec.batchWindowSeconds, least, most: 300 });
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html */
export function checkStreamEventSource(spec: StreamEventSourceSpec): void {
  const { id: of, maximumRetryAttempts, maximumRecordAgeSeconds } = spec;
  checkBatch(spec);
  within({ of, field: 'MaximumRetryAttempts', got: maximumRetryAttempts, least: -1, most: 10_000 });
  within({ of, field: 'MaximumRecordAgeInSeconds', got: maximumRecordAgeSeconds, least: -1, most: 604_800 });
}

function checkBatch(spec: { id: string; batchSize: number; batchWindowSeconds: number }): void {
  const { id: of, batchSize, batchWindowSeconds } = spec;
  within({ of, field: 'BatchSize', got: batchSize, least: 1, most: 10_000 });
  within({ of, field: 'MaximumBatchingWindowInSeconds', got: batchWindowSeconds, least: 0, most: 300 });
}

function within({ of, field, got, least, most }: Range): void {
  if (got === undefined || (got >= least && got <= most)) return;
  throw new SpecOutOfRangeError({ of, field, got, expected: `from ${least} to ${most}` });
}
