import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** One side of a subject: does its work for the batch of ten jobs that begins at the number `first`. */
export type Side = (first: number) => Promise<void>;

/** What one side costs a job. */
export interface Figures {
  /** Microseconds of this process's CPU, user and system. */
  readonly cpu: number;
  readonly requests: number;
}

/** Counts the requests that clients send, retries included. */
export function countRequests({ dynamodb, sqs }: { dynamodb: DynamoDBClient; sqs: SQSClient }): () => number {
  let count = 0;
  const counted = <T>(args: T): T => {
    count++;
    return args;
  };
  const options = { step: 'finalizeRequest', priority: 'low', name: 'countRequests' } as const;
  dynamodb.middlewareStack.add((next) => (args) => next(counted(args)), options);
  sqs.middlewareStack.add((next) => (args) => next(counted(args)), options);
  return () => count;
}

/** Figures a job, of `jobs` jobs, after `warmUp` that do not count. */
export async function measure(
  side: Side,
  { jobs, warmUp, requests }: { jobs: number; warmUp: number; requests: () => number },
): Promise<Figures> {
  for (let n = 0; n < warmUp; n += 10) await side(n);
  const [cpu, count] = [process.cpuUsage(), requests()];
  for (let n = warmUp; n < warmUp + jobs; n += 10) await side(n);
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / jobs, requests: (requests() - count) / jobs };
}
