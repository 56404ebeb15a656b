import type { SQSRecord } from 'aws-lambda';

/** Where the queues of a test are, as far as URLs and ARNs say: nothing is ever sent there. */
export const REGION = 'us-east-1';
export const ACCOUNT = '123456789012';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly group: string | undefined;
  /** When it was first sent: a move to the dead-letter queue keeps it. Milliseconds since the epoch. */
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt: number;
}

/** Durations in milliseconds. */
export interface QueueSettings {
  readonly name: string;
  readonly visibility: number;
  readonly retention: number;
  readonly redrive?: { readonly to: TestQueue; readonly maxReceiveCount: number };
}

/** A standard SQS queue in virtual time: delays, visibility, receive counts, retention, a redrive policy. First in, first out. */
export class TestQueue {
  readonly arn: string;
  readonly url: string;
  readonly #settings: QueueSettings;
  readonly #messages = new Map<string, Message>();
  #sent = 0;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    this.arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${settings.name}`;
    this.url = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${settings.name}`;
  }

  /** `delay` in milliseconds. Returns the message's id. */
  send({ body, group, delay, now }: { body: string; group?: string; delay: number; now: number }): string {
    this.#sent += 1;
    const id = `${this.#settings.name}-${this.#sent}`;
    this.#messages.set(id, {
      ...{ id, body, group, sentAt: now, visibleAt: now + delay, receives: 0, firstReceivedAt: 0 },
    });
    return id;
  }

  /** When a message can next be received: now, or later, in milliseconds since the epoch; undefined: there is none. */
  next(): number | undefined {
    let next: number | undefined;
    for (const { visibleAt } of this.#messages.values())
      if (next === undefined || visibleAt < next) next = visibleAt;
    return next;
  }

  /** Up to `most` of the messages that are visible, those first that have been visible longest. */
  receive(most: number, now: number): SQSRecord[] {
    const visible = [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= now);
    const received: SQSRecord[] = [];
    for (const message of visible.sort((a, b) => a.visibleAt - b.visibleAt)) {
      if (received.length === most) break;
      if (this.#keeps(message, now)) received.push(this.#deliver(message, now));
    }
    return received;
  }

  delete(handle: string): void {
    this.#messages.delete(messageOf(handle));
  }

  /** False: the message is not in flight. */
  hide(handle: string, { until, now }: { until: number; now: number }): boolean {
    const message = this.#messages.get(messageOf(handle));
    if (!message || message.visibleAt <= now) return false;
    message.visibleAt = until;
    return true;
  }

  /** Drops a message that is too old, and moves on one that was received too often. */
  #keeps(message: Message, now: number): boolean {
    const { retention, redrive } = this.#settings;
    const expired = now - message.sentAt > retention;
    const moved = redrive !== undefined && message.receives >= redrive.maxReceiveCount;
    if (expired || moved) this.#messages.delete(message.id);
    if (!expired && moved)
      redrive.to.#messages.set(message.id, { ...message, receives: 0, visibleAt: now, firstReceivedAt: 0 });
    return !expired && !moved;
  }

  #deliver(message: Message, now: number): SQSRecord {
    message.receives += 1;
    if (message.receives === 1) message.firstReceivedAt = now;
    message.visibleAt = now + this.#settings.visibility;
    const { id, body, group, sentAt, receives, firstReceivedAt } = message;
    return {
      ...{ messageId: id, receiptHandle: `${id}/${receives}`, body, md5OfBody: '', messageAttributes: {} },
      ...{ eventSource: 'aws:sqs', eventSourceARN: this.arn, awsRegion: REGION },
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: String(sentAt),
        SenderId: 'test',
        ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
        ...(group !== undefined && { MessageGroupId: group }),
      },
    };
  }
}

function messageOf(handle: string): string {
  return handle.slice(0, handle.lastIndexOf('/'));
}
