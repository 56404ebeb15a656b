import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type {
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';

/** Clients that faults can be put into: real ones, with a real engine underneath. */
export type FaultyClient = DynamoDBClient | SQSClient | SchedulerClient | LambdaClient;

/** A fault while it is in force. */
export interface Fault extends Disposable {
  /** Tries of the command so far, those that passed included. */
  readonly tries: number;
  /** Ends the fault: later tries pass. */
  stop(): void;
}

/** How a fault meets one try of a command: `call` performs it on the engine. */
type Meddle = (attempt: { nth: number; input: unknown; call: () => Promise<unknown> }) => Promise<unknown>;

interface AnyStack {
  add(middleware: unknown, options: { step: 'deserialize'; priority: 'high'; name: string }): void;
  remove(name: string): boolean;
}

let faults = 0;

/**
 * Puts a fault into a client, inside the SDK's retries: each try of the command meets it anew, as the network would.
 *
 * @param commandName such as 'PutItemCommand'
 */
export function meddle(client: FaultyClient, commandName: string, how: Meddle): Fault {
  const stack = client.middlewareStack as unknown as AnyStack;
  faults += 1;
  const name = `fault-${faults}`;
  let tries = 0;
  stack.add(
    (next: (args: unknown) => Promise<{ response: unknown; output: unknown }>, context: Context) =>
      async (args: { input?: unknown }) => {
        if (context.commandName !== commandName) return next(args);
        tries += 1;
        let answered: { response: unknown; output: unknown } | undefined;
        const call = async () => {
          answered = await next(args);
          return answered.output;
        };
        const output = await how({ nth: tries, input: args.input, call });
        return answered ? { ...answered, output } : { response: undefined, output };
      },
    { step: 'deserialize', priority: 'high', name },
  );
  const stop = () => void stack.remove(name);
  return {
    get tries() {
      return tries;
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

interface Context {
  readonly commandName?: string;
}

/** The request never arrives. `nth`: which try, from 1; without it, every one. */
export function failBefore(client: FaultyClient, commandName: string, nth?: number): Fault {
  return meddle(client, commandName, ({ nth: at, call }) => {
    if (nth !== undefined && at !== nth) return call();
    return Promise.reject(connectionLost());
  });
}

/** The request is performed and its answer is lost. `nth`: which try, from 1; without it, every one. */
export function failAfter(client: FaultyClient, commandName: string, nth?: number): Fault {
  return meddle(client, commandName, async ({ nth: at, call }) => {
    const output = await call();
    if (nth === undefined || at === nth) throw connectionLost();
    return output;
  });
}

/** The service refuses the first `times` tries for want of capacity. */
export function throttle(client: FaultyClient, commandName: string, times: number): Fault {
  return meddle(client, commandName, ({ nth, call }) =>
    nth <= times ? Promise.reject(throttled()) : call(),
  );
}

function connectionLost(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function throttled(): Error {
  return Object.assign(new Error('The rate of requests exceeds the allowed throughput'), {
    name: 'ThrottlingException',
    $fault: 'client',
    $retryable: { throttling: true },
    $metadata: { httpStatusCode: 400 },
  });
}

/** SQS takes a batch and refuses those of its messages that `refused` picks by their body. */
export function refuseEntries(client: SQSClient, refused: (body: string) => boolean): Disposable {
  faults += 1;
  const name = `fault-${faults}`;
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'SendMessageBatchCommand') return next(args);
        const input = args.input as SendMessageBatchCommandInput;
        const entries = input.Entries ?? [];
        const taken = entries.filter(({ MessageBody = '' }) => !refused(MessageBody));
        const answer = await next({ ...args, input: { ...input, Entries: taken } });
        const output = answer.output as SendMessageBatchCommandOutput;
        const Failed = entries
          .filter((entry) => !taken.includes(entry))
          .map(({ Id }) => ({ Id, Code: 'InternalError', Message: 'refused', SenderFault: false }));
        return { ...answer, output: { ...output, Failed: [...(output.Failed ?? []), ...Failed] } };
      },
    { step: 'initialize', name },
  );
  return { [Symbol.dispose]: () => void client.middlewareStack.remove(name) };
}

/** No fault: notes what each try of the command asks for. */
export function watch<Input>(
  client: FaultyClient,
  commandName: string,
): Fault & { readonly inputs: Input[] } {
  const inputs: Input[] = [];
  const fault = meddle(client, commandName, ({ input, call }) => {
    inputs.push(input as Input);
    return call();
  });
  return Object.assign(fault, { inputs });
}
