import { afterAll, beforeAll } from 'vitest';
import { type Engine, startDynoxide } from '../../lib/local/engines/index.ts';
import { EngineConnection } from './aws/engine-connection.ts';

/** An engine for the tests of one file, from before the first to after the last. */
export function engineForTests(): () => EngineConnection {
  let running: Engine;
  let engine: EngineConnection;
  beforeAll(async () => {
    running = await startDynoxide();
    engine = await EngineConnection.open(running.endpoint);
  });
  afterAll(async () => {
    engine[Symbol.dispose]();
    await running[Symbol.asyncDispose]();
  });
  return () => engine;
}
