import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { type Engine, localCredentials } from '../../lib/local/engines/index.ts';
import { startJavaEngine } from './java-engine.ts';
import { mavenPackage } from './maven-package.ts';

/**
 * Starts Amazon's DynamoDB Local, in memory, one database for all credentials.
 *
 * @throws ConformanceToolMissingError without java or mvn, MavenFetchError, EngineStartError
 */
export async function startDynamoDbLocal(): Promise<Engine> {
  const folder = await mavenPackage('dynamodb-local');
  return startJavaEngine({
    name: 'DynamoDB Local',
    arguments: (port) => [
      `-Djava.library.path=${folder}`,
      '-classpath',
      `${folder}/*`,
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      '-inMemory',
      '-sharedDb',
      // It reports its use to AWS unless told not to.
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    ask: async (endpoint) => {
      const options = { endpoint, region: 'us-east-1', credentials: localCredentials, maxAttempts: 1 };
      const client = new DynamoDBClient(options);
      try {
        await client.send(new ListTablesCommand({}));
      } finally {
        client.destroy();
      }
    },
  });
}
