import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Message, Queue } from '../aws/queue.ts';
import type { FaultKind } from '../world/fault-kinds.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { Ended, LambdaFunction } from './function.ts';

/** What hears of deliveries and acknowledgements. */
export interface DeliveryListener {
  delivered(queue: Queue, messages: readonly Message[]): void;
  /** A process begins to work at messages of these jobs. */
  begins(by: Process, jobs: readonly string[]): void;
  /** A message is deleted because the function said that it is done with it. */
  acknowledged(queue: Queue, message: Message, handle: string): void;
}

export interface QueueSourceOptions {
  readonly world: World;
  readonly queue: Queue;
  readonly target: LambdaFunction;
  /** Invocations at a time. */
  readonly concurrency: number;
  readonly listener: DeliveryListener;
  /** Hears of messages that are gone, and that nobody was done with. */
  readonly lost: (kind: FaultKind, messages: readonly Message[]) => void;
}

/** SQS: the most messages that a receive gives. */
const BATCH = 10;

interface Delivered {
  readonly message: Message;
  readonly handle: string;
  readonly record: SQSRecord;
}

/** Lambda's event source of a queue: receives, invokes, deletes what was not reported as failed. */
export class QueueSource {
  readonly #options: QueueSourceOptions;
  #running = 0;
  #polls = 0;
  #pausedUntil = 0;
  #wakesAt = Number.POSITIVE_INFINITY;
  #callOff: () => void = () => undefined;

  constructor(options: QueueSourceOptions) {
    this.#options = options;
    options.queue.onChange = () => this.#wake();
  }

  /** Takes nothing for a while, as an event source that a person disabled: messages wait. */
  pause(ms: number): void {
    const { world, queue } = this.#options;
    this.#pausedUntil = world.now + ms;
    world.tell('person', () => `pauses ${queue.name} for ${ms / 1000} s`);
  }

  /** Polls when the next message can be seen, a moment later: what comes meanwhile fills the batch. */
  #wake(): void {
    const { world, queue, concurrency } = this.#options;
    const next = queue.nextVisible();
    if (next === undefined || this.#running >= concurrency) return;
    const moment = world.draws.spread(`poll ${queue.name} ${this.#polls}`, 1, 400);
    const at = Math.max(next, world.now, this.#pausedUntil) + moment;
    if (this.#wakesAt > world.now && this.#wakesAt <= at) return;
    this.#callOff();
    this.#wakesAt = at;
    this.#callOff = world.after(at - world.now, () => this.#poll());
  }

  #poll(): void {
    const { world, concurrency } = this.#options;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    this.#polls += 1;
    if (this.#running < concurrency && world.now >= this.#pausedUntil) {
      const picked = this.#pick();
      if (picked.length > 0) this.#take(picked);
    }
    this.#wake();
  }

  /** Some of what is visible, in no order; now and then one comes twice in a batch. */
  #pick(): Message[] {
    const { world, queue } = this.#options;
    const { draws } = world;
    const visible = queue.visible(world.now);
    const shuffled = visible
      .map((message) => ({ message, order: draws.unit(`order ${message.id} ${this.#polls}`) }))
      .sort((a, b) => a.order - b.order)
      .map(({ message }) => message);
    const most = draws.happens(`small batch ${queue.name} ${this.#polls}`, 0.2)
      ? draws.between(`batch ${queue.name} ${this.#polls}`, 1, BATCH)
      : BATCH;
    return shuffled.slice(0, most);
  }

  #take(picked: readonly Message[]): void {
    const { world, queue, listener, lost } = this.#options;
    const left = picked.filter((message) => !this.#outlived(message));
    for (const message of left) this.#burnReceives(message);
    const { received, moved, expired } = queue.receive(left, world.now);
    for (const message of moved) {
      world.tell(
        'SQS',
        () => `moves ${message.id} to the dead-letter queue after ${message.receives} receives`,
        jobOf(message),
      );
      this.#redriveByConsole(message);
    }
    for (const message of expired) {
      world.tell('SQS', () => `drops ${message.id}: its retention is over`, jobOf(message));
    }
    if (expired.length > 0) lost('retention over', expired);
    if (received.length === 0) return;
    const delivered = received.map((message) => this.#deliver(message));
    for (const message of received) {
      const point = world.faults.point(`receive ${this.#name(message)}`);
      if (!world.faults.strike(point, ['duplicate'], jobOf(message))) continue;
      world.tell('SQS', () => `⚡ duplicate: ${message.id}`, jobOf(message));
      const within = delivered.length < BATCH && world.draws.happens(`within ${point}`, 0.3);
      if (within) delivered.push(this.#deliver(message));
      else queue.setVisible(message, world.now + world.draws.spread(`again ${point}`, 1, 30_000));
    }
    listener.delivered(queue, received);
    this.#invoke(delivered);
  }

  /** It waited so long that SQS dropped it: as a poller that stood still for days would find. */
  #outlived(message: Message): boolean {
    const { world, queue, lost } = this.#options;
    const point = world.faults.point(`retention of ${this.#name(message)}`);
    if (!world.faults.strike(point, ['retention over'], jobOf(message))) return false;
    queue.messages.delete(message.id);
    world.tell('SQS', () => `⚡ retention over: ${message.id} is gone`, jobOf(message));
    lost('retention over', [message]);
    return true;
  }

  /** A person sends what came to the dead-letter queue anew, under another id: before the recorder has it, or meanwhile. */
  #redriveByConsole(message: Message): void {
    const { world, queue } = this.#options;
    const deadLetters = queue.redrive?.to;
    const point = world.faults.point(`redrive of ${this.#name(message)}`);
    if (!deadLetters || !world.faults.strike(point, ['console redrive'], jobOf(message))) return;
    world.after(world.draws.spread(point, 1, 1_000), () => {
      if (!deadLetters.messages.delete(message.id)) return;
      const { body, group } = message;
      const moved = queue.send({ body, group, delay: 0, now: world.now });
      world.faults.took('console redrive');
      world.tell('person', () => `⚡ redrives ${message.id} as ${moved.id}`, jobOf(message));
    });
  }

  /** Receives that nobody saw. */
  #burnReceives(message: Message): void {
    const { world, queue } = this.#options;
    if (!queue.redrive) return;
    const point = world.faults.point(`receives of ${this.#name(message)}`);
    if (!world.faults.strike(point, ['receives burnt'], jobOf(message))) return;
    message.receives = queue.redrive.maxReceiveCount;
    world.tell('SQS', () => `⚡ receives burnt: ${message.id}`, jobOf(message));
  }

  #invoke(delivered: readonly Delivered[]): void {
    const { world, queue, target, listener } = this.#options;
    const event: SQSEvent = { Records: delivered.map(({ record }) => record) };
    const jobs = delivered.flatMap(({ message }) => jobOf(message));
    world.tell(
      queue.name,
      () => `${delivered.map(({ message, handle }) => handle ?? message.id).join(', ')} → ${target.name}`,
      jobs,
    );
    this.#running += 1;
    const ended = (how: Ended) => {
      this.#running -= 1;
      for (const each of this.#done(how, delivered)) this.#acknowledge(each);
      this.#wake();
    };
    target.invoke(event, jobs, ended, (process) => listener.begins(process, jobs));
  }

  /** As Lambda reads a partial batch response: an id that it does not know fails the whole batch. */
  #done(how: Ended, delivered: readonly Delivered[]): Delivered[] {
    if ('failed' in how) return [];
    const { batchItemFailures = [] } = (how.returned ?? {}) as Partial<SQSBatchResponse>;
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const known = new Set(delivered.map(({ record }) => record.messageId));
    if ([...failed].some((id) => !known.has(id))) return [];
    return delivered.filter(({ record }) => !failed.has(record.messageId));
  }

  #acknowledge({ message, handle }: Delivered): void {
    const { world, queue, listener } = this.#options;
    const point = world.faults.point(`ack ${this.#name(message)}`);
    if (world.faults.strike(point, ['ack lost'], jobOf(message))) {
      world.tell('Lambda', () => `⚡ ack lost: ${handle}`, jobOf(message));
      return;
    }
    world.after(world.draws.between(`delete ${point}`, 1, 20), () => {
      if (!queue.messages.has(message.id)) return;
      queue.delete(handle);
      world.tell('Lambda', () => `acknowledges ${handle}`, jobOf(message));
      listener.acknowledged(queue, message, handle);
      this.#undoDelete(message, point);
    });
  }

  /** Seconds or days later, while its retention lasts. */
  #undoDelete(message: Message, point: string): void {
    const { world, queue } = this.#options;
    const own = `${point}, its delete`;
    if (!world.faults.strike(own, ['delete undone'], jobOf(message))) return;
    const after = world.draws.spread(own, 1, queue.retention);
    if (world.now + after - message.sentAt > queue.retention) return;
    world.after(after, () => {
      world.faults.took('delete undone');
      world.tell('SQS', () => `⚡ delete undone: ${message.id} is there again`, jobOf(message));
      queue.messages.set(message.id, message);
      queue.setVisible(message, world.now);
    });
  }

  #deliver(message: Message): Delivered {
    const { arn } = this.#options.queue;
    const handle = message.handle ?? '';
    const record: SQSRecord = {
      ...{ messageId: message.id, receiptHandle: handle, body: message.body, eventSourceARN: arn },
      ...{ messageAttributes: {}, md5OfBody: '', eventSource: 'aws:sqs', awsRegion: 'us-east-1' },
      attributes: {
        ApproximateReceiveCount: String(message.receives),
        SentTimestamp: String(message.sentAt),
        SenderId: 'simulation',
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? 0),
        ...(message.group !== undefined && { MessageGroupId: message.group }),
      },
    };
    return { message, handle, record };
  }

  /** A message's name that does not depend on what else was sent. */
  #name(message: Message): string {
    const { envelope } = message;
    return envelope
      ? `${this.#options.world.names.of(envelope.id)} dispatch ${envelope.dispatch}`
      : message.id;
  }
}

function jobOf({ envelope }: Message): string[] {
  return envelope ? [envelope.id] : [];
}
