import type { TestProject } from 'vitest/node';
import { startDynoxide } from '../../lib/local/engines/index.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';

declare module 'vitest' {
  interface ProvidedContext {
    engines: EngineUnderTest[];
  }
}

export interface EngineUnderTest {
  readonly name: 'dynoxide' | 'DynamoDB Local';
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
}

/** One of each engine for all suites; every suite makes tables of its own. Vitest calls what it returns at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = new AsyncDisposableStack();
  try {
    const dynoxide = stack.use(await startDynoxide());
    const dynamoDbLocal = stack.use(await startDynamoDbLocal());
    project.provide('engines', [
      { name: 'dynoxide', endpoint: dynoxide.endpoint },
      { name: 'DynamoDB Local', endpoint: dynamoDbLocal.endpoint },
    ]);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return () => stack.disposeAsync();
}
