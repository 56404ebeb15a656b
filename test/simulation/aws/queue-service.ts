import type { Envelope } from '../../../lib/contract/index.ts';
import type { World } from '../world/world.ts';
import { type Answer, type Call, errorAnswer, type ItemFaults, type Service } from './call.ts';
import type { Message, Queue } from './queue.ts';

/** What hears of every message that a queue takes. */
export interface SendListener {
  sent(envelope: Envelope, by: string): void;
}

interface Entry {
  readonly Id?: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
  readonly MessageGroupId?: string;
}

/** SQS: a message can stay invisible for at most 12 hours after it was received. */
const LONGEST_VISIBILITY = 43_200_000;

/** SQS as the SDK calls it. */
export class QueueService implements Service {
  readonly #world: World;
  readonly #byUrl: ReadonlyMap<string, Queue>;
  readonly #listener: SendListener;

  constructor(options: { world: World; queues: readonly Queue[]; listener: SendListener }) {
    this.#world = options.world;
    this.#byUrl = new Map(options.queues.map((queue) => [queue.url, queue]));
    this.#listener = options.listener;
  }

  items({ operation, input }: Call): number {
    return operation === 'SendMessageBatch' ? (input['Entries'] as Entry[]).length : 0;
  }

  throttled(): Answer {
    return errorAnswer('com.amazonaws.sqs#RequestThrottled', 'Rate exceeded');
  }

  apply(call: Call, faults: ItemFaults): Answer {
    const queue = this.#byUrl.get(String(call.input['QueueUrl']));
    if (!queue) return errorAnswer('com.amazonaws.sqs#QueueDoesNotExist', 'The queue does not exist.');
    switch (call.operation) {
      case 'SendMessage':
        return ok({ MessageId: this.#send(queue, call.input as unknown as Entry, call).id });
      case 'SendMessageBatch':
        return this.#sendBatch(queue, call, faults);
      case 'ChangeMessageVisibility':
        return this.#changeVisibility(queue, call);
      case 'DeleteMessage':
        queue.delete(String(call.input['ReceiptHandle']));
        return ok({});
      default:
        return this.#unknown(call);
    }
  }

  #sendBatch(queue: Queue, call: Call, faults: ItemFaults): Answer {
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const [i, entry] of (call.input['Entries'] as Entry[]).entries()) {
      const fault = faults.get(i);
      if (fault !== 'item throttled') this.#send(queue, entry, call);
      if (fault) Failed.push({ Id: entry.Id, Code: 'InternalError', Message: fault, SenderFault: false });
      else Successful.push({ Id: entry.Id, MessageId: entry.Id, MD5OfMessageBody: '' });
    }
    return ok({ Successful, Failed });
  }

  #send(queue: Queue, { MessageBody, DelaySeconds = 0, MessageGroupId }: Entry, call: Call): Message {
    const { now, faults, draws, names } = this.#world;
    const options = { body: MessageBody, group: MessageGroupId, delay: DelaySeconds * 1000, now };
    const message = queue.send(options);
    const { envelope } = message;
    if (envelope) {
      const job = [envelope.id];
      this.#world.tell(
        call.by.name,
        () =>
          `sends dispatch ${envelope.dispatch} to ${queue.name}, delay ${DelaySeconds} s, as ${message.id}`,
        job,
      );
      this.#listener.sent(envelope, call.by.name);
      const point = faults.point(`send ${names.label(job)} dispatch ${envelope.dispatch}`);
      if (faults.strike(point, ['double send'], job)) {
        const copy = queue.send({
          ...options,
          delay: options.delay + draws.spread(`copy ${point}`, 1, 60_000),
        });
        this.#world.tell('SQS', () => `⚡ double send: ${copy.id}`, job);
      }
    }
    return message;
  }

  #changeVisibility(queue: Queue, { input, by, jobs }: Call): Answer {
    const { now, draws } = this.#world;
    const handle = String(input['ReceiptHandle']);
    const message = queue.of(handle);
    const until = now + Number(input['VisibilityTimeout']) * 1000;
    const invalid = (why: string) => {
      this.#world.tell('SQS', () => `refuses ${handle}: ${why}`, jobs);
      return errorAnswer('com.amazonaws.sqs#MessageNotInflight', why);
    };
    if (!message || message.visibleAt <= now) return invalid('the message is not in flight');
    // An old receipt handle: SQS may honour it or not.
    if (message.handle !== handle && draws.happens(`old handle ${handle}`, 0.5))
      return invalid('an old receipt handle');
    if (until - message.receivedAt > LONGEST_VISIBILITY) {
      return errorAnswer(
        'com.amazonaws.sqs#InvalidParameterValue',
        'Total VisibilityTimeout is beyond 12 hours',
      );
    }
    this.#world.tell(by.name, () => `leaves ${message.id} for ${(until - now) / 1000} s`, jobs);
    queue.setVisible(message, until);
    return ok({});
  }

  #unknown({ operation }: Call): Answer {
    throw new Error(`The simulated SQS does not know ${operation}: teach it`);
  }
}

function ok(body: object): Answer {
  return { status: 200, body: JSON.stringify(body) };
}
