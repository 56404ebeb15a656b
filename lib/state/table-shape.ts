import type { AttributeDefinition, CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { DEAD_INDEX } from './dead-index.ts';
import { WATCH_INDEX } from './watch-index.ts';

function keys(hash: string, range: string) {
  return [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
}

const ATTRIBUTES: Record<string, 'S' | 'N'> = {
  ...{ pk: 'S', sk: 'S', deadShard: 'S', deadAt: 'N', watchShard: 'S', watchAt: 'N' },
};

/** The job table's keys and indexes, for tables that no stack makes: the same as the construct's. */
export const TABLE_SHAPE = {
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: keys('pk', 'sk'),
  AttributeDefinitions: Object.entries(ATTRIBUTES).map(
    ([AttributeName, AttributeType]): AttributeDefinition => ({ AttributeName, AttributeType }),
  ),
  GlobalSecondaryIndexes: [
    {
      IndexName: DEAD_INDEX,
      KeySchema: keys('deadShard', 'deadAt'),
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: WATCH_INDEX,
      KeySchema: keys('watchShard', 'watchAt'),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
} satisfies Partial<CreateTableCommandInput>;
