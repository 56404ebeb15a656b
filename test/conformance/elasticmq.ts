import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { createSqsClient } from '../../lib/dispatch/index.ts';
import { type Engine, localCredentials } from '../../lib/local/engines/index.ts';
import { startJavaEngine } from './java-engine.ts';
import { mavenPackage } from './maven-package.ts';

/**
 * Starts ElasticMQ, an independent implementation of SQS, in memory.
 *
 * @throws ConformanceToolMissingError without java or mvn, MavenFetchError, EngineStartError
 */
export async function startElasticMq({ region }: { region: string }): Promise<Engine> {
  const folder = await mavenPackage('elasticmq');
  return startJavaEngine({
    name: 'ElasticMQ',
    arguments: (port) => [
      '-Drest-sqs.bind-hostname=127.0.0.1',
      `-Drest-sqs.bind-port=${port}`,
      `-Dnode-address.port=${port}`,
      `-Daws.region=${region}`,
      // Its page of statistics would take a port of its own.
      '-Drest-stats.enabled=false',
      '-classpath',
      `${folder}/*`,
      'org.elasticmq.server.Main',
    ],
    ask: async (endpoint) => {
      const client = createSqsClient({ endpoint, region, credentials: localCredentials, maxAttempts: 1 });
      try {
        await client.send(new ListQueuesCommand({}));
      } finally {
        client.destroy();
      }
    },
  });
}
