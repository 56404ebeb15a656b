import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { FunctionSpec, SqsEventSourceSpec, StreamEventSourceSpec } from '../functions/spec.ts';
import type { Json, Surroundings } from '../template/index.ts';

/** A function as far as the template tells; its event sources and version come later in the template. */
export interface PlannedFunction extends FunctionSpec {
  readonly stack: string;
  readonly roleArn: string;
}

export interface PlannedQueue {
  readonly arn: string;
  readonly url: string;
  readonly fifo: boolean;
  /** The parsed RedriveAllowPolicy: who may use this queue as its dead-letter queue. */
  readonly redriveAllow?: Json;
}

export interface PolicyDocument {
  readonly name: string;
  readonly document: Json;
}

export interface PlannedRole {
  readonly name: string;
  readonly arn: string;
  readonly documents: PolicyDocument[];
  readonly managedPolicyArns: string[];
}

export type EventSource = SqsEventSourceSpec | StreamEventSourceSpec;

export interface EngineClients {
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly scheduler: SchedulerClient;
}

/** What creating a stack's resources adds up to. One plan for all stacks of a run. */
export interface Plan {
  readonly surroundings: Surroundings;
  readonly clients: EngineClients;
  /** Where functions and clients find SQS: the front of every queue URL. */
  readonly sqsEndpoint: string;
  /** Told apart from other runs on a DynamoDB that is not this run's own; '' on our own engine. */
  readonly tableRun: string;
  /** A directory of this run, made on first use, for code that stands in the template itself. */
  scratch(): Promise<string>;
  /** By physical name. */
  readonly functions: Map<string, PlannedFunction>;
  readonly eventSources: EventSource[];
  /** By ARN. */
  readonly queues: Map<string, PlannedQueue>;
  /** Table name by stream ARN. */
  readonly streams: Map<string, string>;
  /** ARN by table name. */
  readonly tables: Map<string, string>;
  /** By name. */
  readonly roles: Map<string, PlannedRole>;
  /** Documents of the template's own managed policies, by ARN. */
  readonly managedPolicies: Map<string, PolicyDocument>;
  /** Texts of secrets, by ARN and by name. */
  readonly secrets: Map<string, string>;
  /** What is accepted but not emulated, and where: resources by reason. */
  readonly notEmulated: Map<string, string[]>;
}

export function announce(plan: Plan, reason: string, where: string): void {
  const places = plan.notEmulated.get(reason) ?? [];
  places.push(where);
  plan.notEmulated.set(reason, places);
}
