import type { TestProject } from 'vitest/node';
import { startDynoxide, startFauxqs } from '../../lib/local/engines/index.ts';
import { REGION } from '../dispatch/test-queue.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';
import { startElasticMq } from './elasticmq.ts';

declare module 'vitest' {
  interface ProvidedContext {
    engines: EngineUnderTest[];
    sqsEngines: SqsEngineUnderTest[];
    /** What the tests of lib/state run on here; in `npm test`, where there is none, they start dynoxide. */
    stateEngine?: EngineUnderTest;
    /** The same of lib/dispatch and fauxqs. */
    dispatchEngine?: SqsEngineUnderTest;
  }
}

export interface EngineUnderTest {
  readonly name: 'dynoxide' | 'DynamoDB Local';
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
}

export interface SqsEngineUnderTest {
  readonly name: 'fauxqs' | 'ElasticMQ';
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
}

/** One of each engine for all suites; every suite makes tables and queues of its own. Vitest calls what it returns at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = new AsyncDisposableStack();
  try {
    const dynoxide = stack.use(await startDynoxide());
    const dynamoDbLocal = stack.use(await startDynamoDbLocal());
    const fauxqs = stack.use(await startFauxqs({ region: REGION }));
    const elasticMq = stack.use(await startElasticMq({ region: REGION }));
    const local = { name: 'DynamoDB Local', endpoint: dynamoDbLocal.endpoint } as const;
    project.provide('engines', [{ name: 'dynoxide', endpoint: dynoxide.endpoint }, local]);
    project.provide('stateEngine', local);
    const elastic = { name: 'ElasticMQ', endpoint: elasticMq.endpoint } as const;
    project.provide('sqsEngines', [{ name: 'fauxqs', endpoint: fauxqs.endpoint }, elastic]);
    project.provide('dispatchEngine', elastic);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return () => stack.disposeAsync();
}
