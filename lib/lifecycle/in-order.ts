import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';

/** Partitions whose changes are followed at once: the creation of schedules has a quota of 250 a second in small Regions. */
const PARALLEL = 20;

/**
 * Follows the changes of a batch: those of one partition, a job's say, in their order, those of different ones at once.
 * Where one fails, the partition's later changes wait, because what they ask for rests on it. The answer has the stream go
 * on from the first that failed; the ones behind it that went well come again then, too.
 */
export async function followInOrder(
  records: readonly DynamoDBRecord[],
  {
    follow,
    failed,
  }: {
    readonly follow: (record: DynamoDBRecord) => Promise<void>;
    readonly failed: (sequence: string, error: unknown) => void;
  },
): Promise<DynamoDBBatchResponse> {
  const again = new Set<DynamoDBRecord>();
  const groups = byPartition(records).values();
  const work = async () => {
    for (const group of groups) {
      for (const record of group) {
        try {
          await follow(record);
        } catch (error) {
          again.add(record);
          failed(sequenceOf(record), error);
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, records.length) }, work));
  const first = records.find((record) => again.has(record));
  return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: sequenceOf(first) }] };
}

function sequenceOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}

function byPartition(records: readonly DynamoDBRecord[]): Map<string, DynamoDBRecord[]> {
  const changes = new Map<string, DynamoDBRecord[]>();
  for (const record of records) {
    const { Keys, NewImage, OldImage } = record.dynamodb ?? {};
    const key = (Keys ?? NewImage ?? OldImage)?.['pk']?.S ?? sequenceOf(record);
    const group = changes.get(key);
    if (group) group.push(record);
    else changes.set(key, [record]);
  }
  return changes;
}
