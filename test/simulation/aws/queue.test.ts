import { describe, expect, it } from 'vitest';
import { Queue } from './queue.ts';

const SECOND = 1_000;

function queues() {
  const options = { visibility: 30 * SECOND, retention: 60_000 * SECOND };
  const deadLetters = new Queue({ name: 'dead', ...options });
  const queue = new Queue({ name: 'jobs', ...options, redrive: { to: deadLetters, maxReceiveCount: 2 } });
  return { queue, deadLetters };
}

describe('the simulated queue', () => {
  it('hides a message that was received until its visibility ends', () => {
    const { queue } = queues();
    queue.send({ body: 'x', delay: 0, now: 0 });
    expect(queue.receive(queue.visible(0), 0).received).toHaveLength(1);
    expect(queue.visible(29 * SECOND)).toEqual([]);
    expect(queue.visible(30 * SECOND)).toHaveLength(1);
  });

  it('delays a message', () => {
    const { queue } = queues();
    queue.send({ body: 'x', delay: 5 * SECOND, now: 0 });
    expect(queue.visible(4 * SECOND)).toEqual([]);
    expect(queue.nextVisible()).toBe(5 * SECOND);
  });

  it('moves a message to the dead-letter queue after its last receive, with its id and its age', () => {
    const { queue, deadLetters } = queues();
    const { id } = queue.send({ body: 'x', delay: 0, now: 0 });
    for (const now of [0, 30 * SECOND, 60 * SECOND]) queue.receive(queue.visible(now), now);
    expect(queue.messages.size).toBe(0);
    expect(deadLetters.visible(60 * SECOND)).toMatchObject([{ id, sentAt: 0, receives: 0 }]);
  });

  it('drops a message past its retention', () => {
    const { queue } = queues();
    queue.send({ body: 'x', delay: 0, now: 0 });
    const late = 60_001 * SECOND;
    expect(queue.receive(queue.visible(late), late)).toMatchObject({
      received: [],
      expired: [{ body: 'x' }],
    });
  });

  it('knows the message of an old receipt handle', () => {
    const { queue } = queues();
    queue.send({ body: 'x', delay: 0, now: 0 });
    const [message] = queue.receive(queue.visible(0), 0).received;
    const old = message?.handle ?? '';
    queue.receive(queue.visible(30 * SECOND), 30 * SECOND);
    expect(queue.of(old)).toBe(message);
    expect(queue.delete(old)).toBe(message);
  });
});
