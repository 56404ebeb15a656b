import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { entry, expectRule, makeStack } from './fixtures/stack.ts';

const made = makeStack();
const template = made.template();

/** The properties of the resources of a type whose logical id matches. */
function properties(type: string, id: RegExp) {
  return Object.entries(template.findResources(type))
    .filter(([logicalId]) => id.test(logicalId))
    .map(([, resource]) => resource['Properties']);
}

describe('the job table', () => {
  it('has the keys, the stream, the expiry and the indexes that the code reads', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [
        {
          IndexName: 'dead',
          KeySchema: [
            { AttributeName: 'deadShard', KeyType: 'HASH' },
            { AttributeName: 'deadAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
        {
          IndexName: 'watch',
          KeySchema: [
            { AttributeName: 'watchShard', KeyType: 'HASH' },
            { AttributeName: 'watchAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  it('can be restored, is protected and outlives the stack', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
    });
  });

  it('goes with the stack, unprotected, where the props say so', () => {
    const temporary = makeStack({ removalPolicy: RemovalPolicy.DESTROY }).template();
    temporary.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    });
    temporary.allResources('AWS::SQS::Queue', { DeletionPolicy: 'Delete' });
    temporary.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });
});

describe('the queues', () => {
  it('are one a pool and priority, each with a dead-letter queue, one for failed stream records, and one for Scheduler', () => {
    template.resourceCountIs('AWS::SQS::Queue', 2 * 4 * 2 + 1 + 1);
    template.resourcePropertiesCountIs('AWS::SQS::Queue', { RedrivePolicy: Match.anyValue() }, 8);
  });

  it('are encrypted and refuse plain HTTP', () => {
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      }),
    });
  });

  it('keep messages four days, dead letters fourteen, and give up after ten receives', () => {
    for (const queue of properties('AWS::SQS::Queue', /Queues.*Jobs/)) {
      expect(queue.MessageRetentionPeriod).toBe(4 * 86_400);
      expect(queue.RedrivePolicy.maxReceiveCount).toBe(10);
    }
    for (const queue of properties('AWS::SQS::Queue', /DeadLetters/)) {
      expect(queue.MessageRetentionPeriod).toBe(14 * 86_400);
    }
  });

  it('hide a message for the function’s timeout and a margin', () => {
    const visibilities = (id: RegExp) => properties('AWS::SQS::Queue', id).map((q) => q.VisibilityTimeout);
    expect(visibilities(/default.*Jobs/)).toEqual([180, 180, 180, 180]);
    expect(visibilities(/heavy.*Jobs/)).toEqual([900, 900, 900, 900]);
    expect(new Set(visibilities(/DeadLetters/))).toEqual(new Set([90]));
  });

  it('have no physical names', () => {
    for (const queue of properties('AWS::SQS::Queue', /./)) expect(queue).not.toHaveProperty('QueueName');
  });
});

describe('the functions', () => {
  it('are a worker for each pool, the lifecycle function, the recorder and the sweeper', () => {
    template.resourceCountIs('AWS::Lambda::Function', 5);
  });

  it('run on arm64 and Node 24, may call each other in loops, and log to groups that expire', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      RecursiveLoop: 'Allow',
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  it('outlive their types’ timeouts and reserve what their event sources may use', () => {
    const [worker] = properties('AWS::Lambda::Function', /Pooldefault/);
    expect(worker).toMatchObject({ Timeout: 150, ReservedConcurrentExecutions: 24, MemorySize: 512 });
    const [heavy] = properties('AWS::Lambda::Function', /Poolheavy/);
    expect(heavy).toMatchObject({ Timeout: 870, ReservedConcurrentExecutions: 16 });
  });

  it('have the environment that they read', () => {
    const [worker] = properties('AWS::Lambda::Function', /Poolheavy/);
    expect(worker.Environment.Variables).toMatchObject({
      MILLRACE_TABLE_NAME: { Ref: expect.stringMatching(/Table/) },
      MILLRACE_QUEUES: { 'Fn::Join': expect.anything() },
      MILLRACE_POOL: 'heavy',
      MILLRACE_CONCURRENCY: '10',
      MILLRACE_RETENTION_SECONDS: String(30 * 86_400),
      MILLRACE_DEAD_RETENTION_SECONDS: String(90 * 86_400),
    });
  });

  it('do not let a pool’s own environment replace Millrace’s', () => {
    const environment = { MILLRACE_POOL: 'mine', OWN: 'kept' };
    const pools = { default: { entry, environment }, heavy: { entry } };
    makeStack({ pools })
      .template()
      .hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike({ MILLRACE_POOL: 'default', OWN: 'kept' }) },
      });
  });
});

describe('the event sources', () => {
  const mappings = properties('AWS::Lambda::EventSourceMapping', /./);

  it('invoke aliases, never a function itself', () => {
    template.allResourcesProperties('AWS::Lambda::Alias', { Name: 'live' });
    for (const mapping of mappings) expect(JSON.stringify(mapping.FunctionName)).toContain(':live');
  });

  it('report partial failures', () => {
    for (const mapping of mappings)
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('bound every queue’s concurrency, more where a job type declares the priority', () => {
    const bound = (id: RegExp) =>
      properties('AWS::Lambda::EventSourceMapping', id).map((m) => m.ScalingConfig.MaximumConcurrency);
    expect(bound(/Queuesdefault.*Feed/)).toEqual([2, 10, 10, 2]);
    expect(bound(/Queuesheavy.*Feed/)).toEqual([2, 2, 2, 10]);
    expect(bound(/^MillraceRecorder/)).toEqual(Array(9).fill(2));
  });

  it('never filter a queue: Lambda deletes what a filter leaves out', () => {
    const filtered = mappings.filter((mapping) => mapping.FilterCriteria);
    expect(filtered).toHaveLength(1);
    expect(filtered[0]).toHaveProperty('StartingPosition');
  });

  it('follow the stream with a filter, bisection, retries for almost a day and a place for what fails', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 82_800,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
      FilterCriteria: {
        Filters: [
          { Pattern: JSON.stringify({ dynamodb: { NewImage: { out: { N: [{ exists: true }] } } } }) },
          { Pattern: JSON.stringify({ dynamodb: { NewImage: { drop: { N: [{ exists: true }] } } } }) },
          {
            Pattern: JSON.stringify({
              eventName: ['REMOVE'],
              dynamodb: { OldImage: { sk: { S: ['state'] }, parts: { N: [{ exists: true }] } } },
            }),
          },
          {
            Pattern: JSON.stringify({
              dynamodb: {
                NewImage: { serial: { S: [{ exists: true }] }, endedAt: { N: [{ exists: true }] } },
              },
            }),
          },
        ],
      },
    });
  });

  it('take no more messages at once than the pool runs', () => {
    const changed = makeStack({ pools: { default: { entry, concurrency: 3 }, heavy: { entry } } }).template();
    const sizes = (id: RegExp) =>
      Object.entries(changed.findResources('AWS::Lambda::EventSourceMapping'))
        .filter(([name]) => id.test(name))
        .map(([, { Properties }]) => Properties.BatchSize);
    expect(sizes(/Queuesdefault.*Feed/)).toEqual([3, 3, 3, 3]);
    expect(sizes(/Queuesheavy.*Feed/)).toEqual([10, 10, 10, 10]);
  });

  it('take their settings from the props', () => {
    const low = { batchSize: 50, batchWindow: Duration.seconds(5), maxConcurrency: 3 };
    const normal = { provisionedPollers: { minimum: 2, maximum: 4 } };
    const pools = { default: { entry, priorities: { low, normal } }, heavy: { entry } };
    const changed = makeStack({ pools }).template();
    changed.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 50,
      MaximumBatchingWindowInSeconds: 5,
      ScalingConfig: { MaximumConcurrency: 3 },
    });
    changed.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 4 },
      ScalingConfig: Match.absent(),
    });
  });
});

describe('reservations', () => {
  const unreserved = { ReservedConcurrentExecutions: Match.absent() };

  it.each([[{ reservations: false }], [{ context: { 'millrace:reservations': 'false' } }]])(
    'are left out on request, and eight invocations remain: %j',
    (props) => {
      const without = makeStack(props).template();
      without.allResourcesProperties('AWS::Lambda::Function', unreserved);
      const bounds = Object.entries(without.findResources('AWS::Lambda::EventSourceMapping'))
        .filter(([id]) => /Queuesdefault.*Feed/.test(id))
        .map(([, { Properties }]) => Properties.ScalingConfig.MaximumConcurrency);
      expect(bounds).toEqual([2, 2, 2, 2]);
    },
  );

  it('fail for a context value that is no yes or no', () => {
    const context = { 'millrace:reservations': 'maybe' };
    expectRule(() => makeStack({ context }), 'out-of-range', '"maybe"', 'millrace:reservations=false');
  });

  it('tell a new account how to deploy', () => {
    const { metadata } = made.millrace.node;
    const info = metadata.find(({ type }) => type === 'aws:cdk:info')?.data;
    expect(info).toMatch(/reserves 40 concurrent executions.*-c millrace:reservations=false/);
  });
});
