import type {
  SendMessageBatchCommandInput,
  SendMessageBatchRequestEntry,
  ServiceInputTypes,
  SQSClient,
} from '@aws-sdk/client-sqs';

/** Has the client send other entries of a batch than it was told to, until it is disposed. */
export function alterEntries(
  client: SQSClient,
  alter: (entry: SendMessageBatchRequestEntry) => SendMessageBatchRequestEntry,
): Disposable {
  const name = 'alter-entries';
  client.middlewareStack.add(
    (next) => (args) => {
      const { Entries } = args.input as SendMessageBatchCommandInput;
      if (!Entries) return next(args);
      return next({ ...args, input: { ...args.input, Entries: Entries.map(alter) } as ServiceInputTypes });
    },
    { step: 'initialize', name },
  );
  return { [Symbol.dispose]: () => client.middlewareStack.remove(name) };
}
