import { describe, expect, it } from 'vitest';
import { QueueFixture } from '../queue-fixture.ts';

const LOGGING = `export const handler = async (event) => console.log(event.Records.map((r) => r.body).join(','))`;
const SLOW = `export const handler = async (event) => {
  console.log('began ' + event.Records[0].body);
  await new Promise((resolve) => setTimeout(resolve, 300));
  console.log('ended ' + event.Records[0].body);
}`;

/** Until a receive that was under way has come back. */
async function disabled({ host, functions }: QueueFixture, id: string): Promise<void> {
  await functions.until(() => host.eventSource(id)?.state === 'Disabled');
}

describe('an SQS event source that is disabled', () => {
  it('receives nothing, burns no receive, and goes on where it was once it is enabled', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(LOGGING);
    fixture.source(name, queue, { id: 'jobs' });
    await fixture.host.start();
    await fixture.host.setEnabled('jobs', false);
    await disabled(fixture, 'jobs');
    await fixture.send(queue.url, 'a', 'b');
    await fixture.host.idle();
    expect(fixture.depth(queue.name)).toEqual({ ready: 2, inFlight: 0 });
    expect(fixture.functions.lines).toEqual([]);

    await fixture.host.setEnabled('jobs', true);
    expect(fixture.host.eventSource('jobs')?.state).toBe('Enabled');
    await fixture.host.idle();
    expect(fixture.functions.lines.join(',').split(',').sort()).toEqual(['a', 'b']);
  });

  it('loses nothing that a receive under way still brings, and is disabling until then', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(LOGGING);
    fixture.source(name, queue, { id: 'jobs' });
    await fixture.host.start();
    // Its first receive waits for a message by now.
    await fixture.host.idle();
    await fixture.host.setEnabled('jobs', false);
    expect(fixture.host.eventSource('jobs')?.state).toBe('Disabling');
    await fixture.send(queue.url, 'late');
    await disabled(fixture, 'jobs');
    await fixture.functions.until(() => fixture.functions.lines.length === 1);
    expect(fixture.functions.lines).toEqual(['late']);
  });

  it('ends the batches that it has begun', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(SLOW);
    fixture.source(name, queue, { id: 'jobs', batchSize: 1, maximumConcurrency: 2 });
    await fixture.send(queue.url, 'a');
    await fixture.host.start();
    await fixture.functions.until(() => fixture.functions.lines.includes('began a'));
    await fixture.host.setEnabled('jobs', false);
    await fixture.functions.until(() => fixture.functions.lines.includes('ended a'));
    await disabled(fixture, 'jobs');
    await fixture.functions.until(() => fixture.depth(queue.name).inFlight === 0);
    expect(fixture.depth(queue.name)).toEqual({ ready: 0, inFlight: 0 });
  });

  it('polls once, however often it is enabled in between', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(LOGGING);
    fixture.source(name, queue, { id: 'jobs' });
    await fixture.host.start();
    for (const enabled of [false, true, false, true, true]) await fixture.host.setEnabled('jobs', enabled);
    await fixture.send(queue.url, 'a');
    await fixture.functions.until(() => fixture.functions.lines.length > 0);
    await fixture.host.idle();
    expect(fixture.functions.lines).toEqual(['a']);
  });

  it('may have been disabled by the template, and is enabled later', async () => {
    await using fixture = await QueueFixture.start();
    const queue = fixture.queue();
    const name = await fixture.functions.add(LOGGING);
    fixture.source(name, queue, { id: 'jobs', enabled: false });
    await fixture.send(queue.url, 'a');
    await fixture.host.start();
    expect(fixture.host.eventSource('jobs')?.state).toBe('Disabled');
    await fixture.host.setEnabled('jobs', true);
    await fixture.host.idle();
    expect(fixture.functions.lines).toEqual(['a']);
  });

  it('is refused where there is no such source', async () => {
    await using fixture = await QueueFixture.start();
    expect(fixture.host.eventSource('none')).toBeUndefined();
    await expect(fixture.host.setEnabled('none', false)).rejects.toMatchObject({
      code: 'UNKNOWN_EVENT_SOURCE',
    });
  });
});
