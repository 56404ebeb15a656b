import { FairShare, inFairOrder } from './fair-share.ts';

/** A message as fauxqs keeps it. */
interface Message {
  readonly messageGroupId?: string | undefined;
}

/** A standard queue of fauxqs, as far as it gives messages out and takes them back. */
interface Queue {
  messages: Message[];
  readonly inflightMessages: Map<string, { readonly message: Message }>;
  isFifo(): boolean;
  dequeue(this: Queue, count: number, ...rest: unknown[]): { readonly ReceiptHandle: string }[];
}

interface Request {
  readonly body?: {
    readonly MessageBody?: string;
    readonly MessageGroupId?: string;
    readonly Entries?: readonly { readonly MessageBody?: string; readonly MessageGroupId?: string }[];
  };
}

/** What `SqsRouter` and `SqsStore` of fauxqs 2.4 are, as far as they are changed here. */
interface Modules {
  readonly store: {
    readonly SqsQueue: { readonly prototype: Queue };
    readonly SqsStore: { createMessage(body: string, ...rest: unknown[]): Message };
  };
  readonly router: {
    readonly SqsRouter: {
      readonly prototype: { handle(request: Request, reply: unknown): Promise<unknown> };
    };
  };
}

/** The most that one receive gives out (SQS: ReceiveMessage, API reference). */
const MOST = 10;
/** Where `createMessage` has its group, counted behind the body. */
const GROUP = 2;

/**
 * SQS keeps tenants of a standard queue apart by the message group (fair queues); fauxqs 2.4 forgets the group. From now on
 * it keeps it, and gives messages out in the order of the model of AWS's rules.
 */
export async function keepTenantsApart(): Promise<void> {
  const at = (file: string) => new URL(file, import.meta.resolve('fauxqs')).href;
  const store = (await import(at('./sqs/sqsStore.js'))) as Modules['store'];
  const router = (await import(at('./sqs/sqsRouter.js'))) as Modules['router'];
  keepGroups({ store, router });
  giveOutFairly(store.SqsQueue.prototype);
}

/** A call is handled without a break from here to where its messages are made: what it says of their groups waits there. */
function keepGroups({ store: { SqsStore }, router: { SqsRouter } }: Modules): void {
  let groups: { body: string | undefined; group: string | undefined }[] = [];
  const handle = SqsRouter.prototype.handle;
  SqsRouter.prototype.handle = function (request, reply) {
    const { body } = request;
    groups = (body?.Entries ?? (body ? [body] : [])).map((entry) => ({
      body: entry.MessageBody,
      group: entry.MessageGroupId,
    }));
    const handled = handle.call(this, request, reply);
    groups = [];
    return handled;
  };
  const create = SqsStore.createMessage.bind(SqsStore);
  SqsStore.createMessage = (body, ...rest) => {
    const found = groups.findIndex((entry) => entry.body === body);
    const [entry] = found < 0 ? [] : groups.splice(found, 1);
    rest[GROUP] ??= entry?.group;
    return create(body, ...rest);
  };
}

function giveOutFairly(queue: Queue): void {
  const shares = new WeakMap<Queue, FairShare>();
  const dequeue = queue.dequeue;
  queue.dequeue = function (count, ...rest) {
    if (this.isFifo()) return dequeue.call(this, count, ...rest);
    const share = shares.get(this) ?? new FairShare();
    shares.set(this, share);
    const now = Date.now();
    // What left the queue's own list of messages in flight was deleted, or came back.
    for (const receipt of share.out) if (!this.inflightMessages.has(receipt)) share.ended(receipt, now);
    const noisy = share.noisy(now);
    if (noisy.size > 0) this.messages = inFairOrder(this.messages, { noisy, count: Math.min(count, MOST) });
    const given = dequeue.call(this, count, ...rest);
    for (const { ReceiptHandle } of given) {
      const tenant = this.inflightMessages.get(ReceiptHandle)?.message.messageGroupId;
      share.began(ReceiptHandle, { tenant, at: now });
    }
    return given;
  };
}
