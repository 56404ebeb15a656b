import type { Item } from '../../../lib/state/index.ts';
import type { Names } from '../world/names.ts';
import type { JobsOf } from './clients.ts';
import { envelopeIn, type Queue } from './queue.ts';
import type { Scheduler } from './scheduler.ts';
import { inputOf } from './scheduler-service.ts';
import { insertedItem, isInsert, type Statement, updatedKey } from './statement.ts';

/** One write of a transaction. */
interface Entry {
  readonly Put?: { readonly Item: Item };
  readonly Update?: { readonly Key: Item };
}

/** Finds the jobs that a call is about, and gives new ones their names: the application sets them as correlation ids. */
export function jobsIn(
  names: Names,
  { queues, scheduler }: { queues: readonly Queue[]; scheduler: Scheduler },
): JobsOf {
  const ofItem = (item: Item | undefined): string[] => {
    const pk = item?.['pk']?.S;
    if (!pk?.startsWith('job#')) return [];
    const id = pk.slice('job#'.length);
    const name = item?.['correlationId']?.S;
    if (name !== undefined) names.give(id, name);
    return [id];
  };
  const ofStatement = (statement: Statement): string[] => {
    if (isInsert(statement)) return ofItem(insertedItem(statement));
    return ofItem({ pk: { S: updatedKey(statement) ?? '' } });
  };
  const ofEntry = (entry: Entry | undefined) => ofItem(entry?.Update?.Key ?? entry?.Put?.Item);
  const ofHandle = (url: string, handle: string): string[] => {
    const envelope = queues.find((queue) => queue.url === url)?.of(handle)?.envelope;
    return envelope ? [envelope.id] : [];
  };
  const ofMessage = (body: unknown): string[] => {
    const envelope = envelopeIn(String(body));
    return envelope ? [envelope.id] : [];
  };
  return ({ operation, input }) => {
    switch (operation) {
      case 'PutItem':
        return ofItem(input['Item'] as Item);
      case 'TransactWriteItems':
        return ofEntry((input['TransactItems'] as Entry[])[0]);
      case 'CreateSchedule':
        return ofMessage(inputOf(input).MessageBody);
      case 'DeleteSchedule':
        return scheduler.of(String(input['Name']))?.jobs ?? [];
      case 'ChangeMessageVisibility':
        return ofHandle(String(input['QueueUrl']), String(input['ReceiptHandle']));
      case 'BatchExecuteStatement':
        return (input['Statements'] as Statement[]).flatMap(ofStatement);
      case 'SendMessage':
        return ofMessage(input['MessageBody']);
      case 'SendMessageBatch':
        return (input['Entries'] as { MessageBody: string }[]).flatMap(({ MessageBody }) =>
          ofMessage(MessageBody),
        );
      default:
        return ofItem(input['Key'] as Item | undefined);
    }
  };
}
