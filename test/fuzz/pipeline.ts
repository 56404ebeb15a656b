import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Message, SendMessageBatchCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Item } from '../../lib/state/index.ts';
import { System, type WorkStand } from '../lifecycle/system.ts';
import { receive } from '../worker/invoke.ts';
import type { Lab } from '../worker/lab.ts';

/** A queue with its dead-letter queue, the worker behind the one and the recorder behind the other. */
export class Pipeline {
  readonly system: System;
  readonly stand: WorkStand;

  private constructor(system: System) {
    this.system = system;
    this.stand = system.stand;
  }

  /** A message that comes back once falls into the dead-letter queue when it is received again. */
  static async of(lab: Lab): Promise<Pipeline> {
    const system = await System.of(lab);
    const policy = { deadLetterTargetArn: system.deadLetters.arn, maxReceiveCount: 1 };
    await lab.wire.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: system.stand.queues.normal.url,
        Attributes: { RedrivePolicy: JSON.stringify(policy) },
      }),
    );
    return new Pipeline(system);
  }

  async send(bodies: readonly string[]): Promise<void> {
    const { stand } = this;
    for (let at = 0; at < bodies.length; at += 10) {
      const Entries = bodies.slice(at, at + 10).map((MessageBody) => ({ Id: randomUUID(), MessageBody }));
      const command = new SendMessageBatchCommand({ QueueUrl: stand.queues.normal.url, Entries });
      const { Failed = [] } = await stand.lab.wire.sqs.send(command);
      if (Failed.length > 0) throw new Error(`not sent: ${Failed[0]?.Message}`);
    }
  }

  /** Messages of the queue, up to ten; those that came back before fall into the dead-letter queue instead. */
  receive(): Promise<Message[]> {
    return receive(this.stand.lab.wire.sqs, this.stand.queues.normal, 10);
  }

  /** Lets what the worker left come back, fall, and be recorded; what is not filed then is an error. */
  async fall(): Promise<void> {
    this.stand.lab.clock.advance(1_000);
    await this.receive();
    for (;;) {
      const { received, failures } = await this.system.record();
      if (failures.length > 0)
        throw new Error(
          `${failures.length} dead letters were not filed ${JSON.stringify(this.system.lines.slice(-5))}${JSON.stringify(received.filter((r) => failures.includes(r.MessageId ?? '')))}${JSON.stringify(this.stand.lines.slice(-20))}`,
        );
      if (received.length === 0) return;
    }
  }

  /** The quarantined item of a message; undefined: it was not filed. */
  async quarantined({ MessageId = '' }: Message): Promise<Item | undefined> {
    const { Item } = await this.stand.lab.wire.dynamodb.send(
      new GetItemCommand({
        TableName: this.stand.tableName,
        Key: { pk: { S: `quarantine#${MessageId}` }, sk: { S: 'message' } },
        ConsistentRead: true,
      }),
    );
    return Item;
  }
}
