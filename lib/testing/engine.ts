import { clearTimeout, setTimeout } from 'node:timers';
import { type Engine, startDynoxide } from '../local/index.ts';

/** How long the engine waits for a next borrower, in milliseconds of real time: tests come one after the other. */
const LINGER = 1_000;

let engine: Promise<Engine> | undefined;
let borrowers = 0;
let ending: NodeJS.Timeout | undefined;

/** A borrowed engine; disposing it gives it back. */
export type BorrowedEngine = Engine;

/**
 * The process's one DynamoDB engine: started for the first who borrows it, ended a second after the last gave it back.
 *
 * @throws {EngineMissingError | EngineStartError}
 */
export async function borrowEngine(): Promise<BorrowedEngine> {
  borrowers += 1;
  clearTimeout(ending);
  engine ??= startDynoxide();
  try {
    const { endpoint } = await engine;
    return { endpoint, [Symbol.asyncDispose]: async () => giveBack() };
  } catch (error) {
    borrowers -= 1;
    engine = undefined;
    throw error;
  }
}

function giveBack(): void {
  borrowers -= 1;
  if (borrowers > 0) return;
  ending = setTimeout(() => {
    const left = engine;
    engine = undefined;
    // It is ended by a signal that no process survives.
    void left?.then((running) => running[Symbol.asyncDispose]());
  }, LINGER);
}
