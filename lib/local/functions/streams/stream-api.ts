import type { Clock } from '../../../contract/index.ts';
import { AwsJsonClient } from '../aws-json.ts';

/** Most records that DynamoDB gives in one request. */
const GET_RECORDS_LIMIT = 1_000;

/** A record as the engine sends it: numbers as text, binary values in base64, times in seconds. */
export interface WireRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion?: string;
  readonly dynamodb: {
    readonly Keys: WireItem;
    readonly NewImage?: WireItem;
    readonly OldImage?: WireItem;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
    readonly ApproximateCreationDateTime: number;
  };
  /** DynamoDB spells these names with capitals, dynoxide without. */
  readonly userIdentity?: Readonly<Record<string, string>>;
}

export type WireItem = Readonly<Record<string, unknown>>;

export interface Shard {
  readonly id: string;
  readonly parentId?: string;
}

/** Where to begin in a shard. */
export type ShardPosition =
  | { readonly type: 'LATEST' | 'TRIM_HORIZON' }
  | { readonly type: 'AFTER_SEQUENCE_NUMBER'; readonly sequenceNumber: string };

interface WireShard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
}

/** The calls of DynamoDB Streams that event sources make. */
export class StreamApi implements Disposable {
  readonly #client: AwsJsonClient;

  constructor({ endpoint, region, clock }: { endpoint: string; region: string; clock: Clock }) {
    const target = 'DynamoDBStreams_20120810';
    this.#client = new AwsJsonClient({ endpoint, region, clock, service: 'dynamodb', target });
  }

  async shards(streamArn: string, signal: AbortSignal): Promise<Shard[]> {
    const found: WireShard[] = [];
    let after: string | undefined;
    do {
      const body = { StreamArn: streamArn, ...(after !== undefined && { ExclusiveStartShardId: after }) };
      const { StreamDescription } = (await this.#client.call('DescribeStream', body, { signal })) as {
        StreamDescription: { Shards?: WireShard[]; LastEvaluatedShardId?: string };
      };
      found.push(...(StreamDescription.Shards ?? []));
      after = StreamDescription.LastEvaluatedShardId;
    } while (after !== undefined);
    return found.map(({ ShardId: id, ParentShardId: parentId }) => ({ id, parentId }));
  }

  async iterator(options: {
    streamArn: string;
    shardId: string;
    position: ShardPosition;
    signal: AbortSignal;
  }): Promise<string> {
    const { streamArn, shardId, position, signal } = options;
    const body = {
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: position.type,
      ...('sequenceNumber' in position && { SequenceNumber: position.sequenceNumber }),
    };
    const answer = await this.#client.call('GetShardIterator', body, { signal });
    return (answer as { ShardIterator: string }).ShardIterator;
  }

  /** The next records; without `next` the shard has ended. */
  async records(options: { iterator: string; signal: AbortSignal }): Promise<{
    records: readonly WireRecord[];
    next?: string;
  }> {
    const { iterator, signal } = options;
    const body = { ShardIterator: iterator, Limit: GET_RECORDS_LIMIT };
    const answer = await this.#client.call('GetRecords', body, { signal });
    const { Records = [], NextShardIterator } = answer as {
      Records?: readonly WireRecord[];
      NextShardIterator?: string | null;
    };
    return { records: Records, next: NextShardIterator ?? undefined };
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}
