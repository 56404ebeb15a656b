import type { Process } from '../world/process.ts';

/** One call that a process's AWS SDK makes. */
export interface Call {
  readonly service: 'dynamodb' | 'sqs' | 'scheduler';
  /** `UpdateItem`, `SendMessage` */
  readonly operation: string;
  readonly body: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly by: Process;
  /** The jobs that it is about, by id. */
  readonly jobs: readonly string[];
}

/** What the service says to it, as the SDK reads it. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What becomes of single items of a batch call, by their index. */
export type ItemFaults = ReadonlyMap<number, 'item throttled' | 'item lost'>;

export interface Service {
  /** How many items of a batch the call has, each with a fate of its own; 0 for other calls. */
  items(call: Call): number;
  /** Applies the call, whole: nothing else happens meanwhile. */
  apply(call: Call, faults: ItemFaults): Answer | Promise<Answer>;
  /** The error that says: not now. */
  throttled(): Answer;
  /** The error that says: another transaction is at it; none for calls that never meet one. */
  conflicting?(call: Call): Answer | undefined;
}

export function errorAnswer(type: string, message: string): Answer {
  return { status: 400, body: JSON.stringify({ __type: type, message }) };
}
