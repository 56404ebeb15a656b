import { type Envelope, EnvelopeUnreadableError, readEnvelope } from '../../../lib/contract/index.ts';
import { unsentMessage } from '../../../lib/dispatch/index.ts';

/** A message as a queue keeps it. */
export interface Message {
  readonly id: string;
  readonly body: string;
  /** What the body carries, where Millrace wrote it. */
  readonly envelope: Envelope | undefined;
  readonly group: string | undefined;
  /** When it was first sent: a move to a dead-letter queue keeps it. Milliseconds since the epoch. */
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt: number | undefined;
  receivedAt: number;
  /** The newest receipt handle; undefined before the first receive. */
  handle: string | undefined;
}

export interface QueueOptions {
  readonly name: string;
  /** Milliseconds. */
  readonly visibility: number;
  readonly retention: number;
  readonly redrive?: { readonly to: Queue; readonly maxReceiveCount: number };
}

/** What a receive took out: delivered, or moved to the dead-letter queue, or past its retention. */
export interface Taken {
  readonly received: readonly Message[];
  readonly moved: readonly Message[];
  readonly expired: readonly Message[];
}

/**
 * A standard SQS queue in virtual time: visibility, delays, receive counts, a redrive policy, retention, old receipt
 * handles. It is orderly; disorder, duplicates and losses come from those who call it.
 */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly visibility: number;
  readonly retention: number;
  readonly redrive: QueueOptions['redrive'];
  readonly messages = new Map<string, Message>();
  /** Called when a message may be visible earlier than was thought. */
  onChange: () => void = () => undefined;
  #ids = 0;

  constructor({ name, visibility, retention, redrive }: QueueOptions) {
    this.name = name;
    this.visibility = visibility;
    this.retention = retention;
    this.redrive = redrive;
    this.arn = `arn:aws:sqs:us-east-1:123456789012:${name}`;
    this.url = `https://sqs.us-east-1.amazonaws.com/123456789012/${name}`;
  }

  send(options: { body: string; group?: string; delay: number; now: number; sentAt?: number }): Message {
    const { body, group, delay, now, sentAt = now } = options;
    this.#ids += 1;
    const message: Message = {
      ...{
        id: `${this.name}-${this.#ids}`,
        body,
        envelope: envelopeIn(body),
        group,
        sentAt,
        visibleAt: now + delay,
      },
      ...{ receives: 0, firstReceivedAt: undefined, receivedAt: 0, handle: undefined },
    };
    this.messages.set(message.id, message);
    this.onChange();
    return message;
  }

  visible(now: number): Message[] {
    return [...this.messages.values()].filter(({ visibleAt }) => visibleAt <= now);
  }

  /** When the next message becomes visible, or is already; undefined: there is none. */
  nextVisible(): number | undefined {
    let next: number | undefined;
    for (const { visibleAt } of this.messages.values())
      if (next === undefined || visibleAt < next) next = visibleAt;
    return next;
  }

  /** Receives the messages that were picked of the visible ones. */
  receive(picked: readonly Message[], now: number): Taken {
    const received: Message[] = [];
    const moved: Message[] = [];
    const expired: Message[] = [];
    for (const message of picked) {
      if (now - message.sentAt > this.retention) {
        this.messages.delete(message.id);
        expired.push(message);
      } else if (this.redrive && message.receives >= this.redrive.maxReceiveCount) {
        this.messages.delete(message.id);
        this.redrive.to.take(message, now);
        moved.push(message);
      } else {
        message.receives += 1;
        message.firstReceivedAt ??= now;
        message.receivedAt = now;
        message.visibleAt = now + this.visibility;
        message.handle = `${message.id}/${message.receives}`;
        received.push(message);
      }
    }
    return { received, moved, expired };
  }

  /** A message that comes from another queue by its redrive policy: the same id, the same age. */
  take(message: Message, now: number): void {
    const fresh = { receives: 0, firstReceivedAt: undefined, receivedAt: 0, handle: undefined };
    this.messages.set(message.id, { ...message, ...fresh, visibleAt: now });
    this.onChange();
  }

  /** The message of a receipt handle, an old one's too: SQS promises nothing about those, and often honours them. */
  of(handle: string): Message | undefined {
    return this.messages.get(handle.slice(0, handle.lastIndexOf('/')));
  }

  delete(handle: string): Message | undefined {
    const message = this.of(handle);
    if (message) this.messages.delete(message.id);
    return message;
  }

  setVisible(message: Message, at: number): void {
    message.visibleAt = at;
    this.onChange();
  }

  purge(): Message[] {
    const purged = [...this.messages.values()];
    this.messages.clear();
    return purged;
  }
}

export function envelopeIn(body: string): Envelope | undefined {
  try {
    return readEnvelope(unsentMessage(body) ?? body);
  } catch (error) {
    if (error instanceof EnvelopeUnreadableError) return undefined;
    throw error;
  }
}
