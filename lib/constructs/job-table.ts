import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DEAD_INDEX, WATCH_INDEX } from '../state/index.ts';

export interface JobTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly deletionProtection: boolean;
}

/** The job table of section 5 of the design: every item of a job under one partition key. */
export class JobTable extends Construct {
  readonly table: Table;
  readonly tableName: string;
  readonly tableArn: string;
  readonly streamArn: string;

  constructor(scope: Construct, id: string, { removalPolicy, deletionProtection }: JobTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.DEFAULT,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection,
      removalPolicy,
    });
    // Sparse: only dead jobs and quarantined messages are in it. The partition key is sharded.
    this.table.addGlobalSecondaryIndex({
      indexName: DEAD_INDEX,
      partitionKey: { name: 'deadShard', type: AttributeType.STRING },
      sortKey: { name: 'deadAt', type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    });
    // Sparse: only jobs that have a deadline, and have not ended, are in it.
    this.table.addGlobalSecondaryIndex({
      indexName: WATCH_INDEX,
      partitionKey: { name: 'watchShard', type: AttributeType.STRING },
      sortKey: { name: 'watchAt', type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.tableName = this.table.tableName;
    this.tableArn = this.table.tableArn;
    this.streamArn = streamOf(this.table);
  }
}

function streamOf({ tableStreamArn }: Table): string {
  if (tableStreamArn !== undefined) return tableStreamArn;
  throw new TypeError('A table made with a stream has no stream ARN');
}
