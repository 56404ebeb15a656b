import {
  InvalidOptionError,
  type Priority,
  type QueueUrls,
  RegionMismatchError,
  ResourceMismatchError,
} from '../contract/index.ts';

/**
 * The URL of the queue of a pool and priority.
 *
 * @throws {InvalidOptionError} when the configuration names no such queue
 * @throws {ResourceMismatchError} when it names a FIFO queue: those refuse a message's own delay, and a message without a group
 */
export function queueUrl(
  queues: QueueUrls,
  { pool, priority }: { pool: string; priority: Priority },
): string {
  const url = queues[pool]?.[priority];
  if (url?.endsWith('.fifo')) {
    const expected = 'a standard queue, made by the Millrace stack';
    throw new ResourceMismatchError({ resource: 'queue', name: url, expected });
  }
  if (url !== undefined) return url;
  const known = Object.entries(queues).flatMap(([p, urls]) =>
    Object.keys(urls).map((name) => `${p}/${name}`),
  );
  throw new InvalidOptionError({
    option: 'queues',
    got: `no queue for pool '${pool}', priority '${priority}'; there are: ${known.join(', ') || 'none'}`,
    expected: 'a queue of every pool and priority that the catalog uses',
    fix: 'deploy the stack with the catalog that this program uses, then take the queues from its outputs',
    context: { pool, priority },
  });
}

/**
 * Compares the Region in each queue's URL with the client's: SQS would answer a call to the wrong Region with a queue
 * that does not exist. URLs of other endpoints name no Region.
 *
 * @throws {RegionMismatchError}
 */
export function checkRegion(queues: QueueUrls, region: string): void {
  for (const urls of Object.values(queues)) {
    for (const url of Object.values(urls)) {
      const queueRegion = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\//.exec(url)?.[1];
      if (queueRegion !== undefined && queueRegion !== region)
        throw new RegionMismatchError({ url, queueRegion, region });
    }
  }
}
