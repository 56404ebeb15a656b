import type { GetQueueAttributesCommandOutput } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidOptionError, type QueueUrls } from '../../lib/contract/index.ts';
import { type DrainOptions, DrainTimeoutError, Operator } from '../../lib/operate/index.ts';
import { Deployment, Engines } from '../client/fixture.ts';
import { ManualClock } from '../clock/manual-clock.ts';
import { meddle } from '../faults/sdk-faults.ts';
import { Mappings } from './lambda-stub.ts';

const NORMAL = { pool: 'default', priority: 'normal' } as const;
const MINUTE = 60_000;

interface Look {
  /** Milliseconds since the drain was asked for. */
  readonly at: number;
  readonly quiet: boolean;
  readonly settling: number | undefined;
}

describe('a drain that goes by counts which lag', () => {
  let engines: Engines;
  let at: Deployment;
  let mappings: Mappings;
  let clock: ManualClock;
  beforeAll(async () => {
    engines = await Engines.start();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    at = await Deployment.create(engines);
    mappings = await Mappings.start(['feed']);
    clock = new ManualClock();
  });
  afterEach(() => mappings[Symbol.asyncDispose]());

  /** The queue as AWS names it; the client asks the engine all the same. */
  const atAws = (): QueueUrls => {
    const { pathname } = new URL(at.queues.default.normal);
    return { default: { normal: `https://sqs.eu-west-1.amazonaws.com${pathname}` } };
  };

  /** Drains, and lets the time between two looks pass at once. */
  async function drain(options: Partial<DrainOptions> = {}, queues = atAws()): Promise<Look[]> {
    const { tableName, dynamodb, sqs } = at;
    const operator = new Operator({
      ...{ tableName, queues, dynamodb, sqs, lambda: mappings.client, clock },
      eventSources: { default: { normal: 'feed' } },
    });
    const began = clock.now();
    const looks: Look[] = [];
    await operator.drain({
      ...{ ...NORMAL, ...options },
      onProgress: ([queue], { settling }) => {
        const quiet = queue?.feed === 'disabled' && queue.inFlight === 0;
        looks.push({ at: clock.now() - began, quiet, settling });
        setImmediate(() => clock.next());
      },
    });
    return looks;
  }

  it('is done when nothing was in flight at any look for a minute since the event source was disabled', async () => {
    mappings.slowly(5);
    const looks = await drain();
    const quiet = looks.filter((look) => look.quiet);
    const [first, last] = [quiet[0]?.at ?? 0, quiet.at(-1)?.at ?? 0];
    expect(looks.length).toBeGreaterThan(quiet.length);
    expect(last - first).toBeGreaterThanOrEqual(MINUTE);
    expect(last - first).toBeLessThan(MINUTE + 2_001);
    for (const { quiet, settling } of looks) expect(settling).toBe(quiet ? MINUTE : undefined);
  });

  it('is not done by a zero from before the last batch was counted, and waits a minute from then on', async () => {
    const began = clock.now();
    using _counts = meddle(at.sqs, 'GetQueueAttributesCommand', async ({ call }) => {
      const answer = (await call()) as GetQueueAttributesCommandOutput;
      const passed = clock.now() - began;
      const held = passed >= 40_000 && passed < 50_000 ? '1' : '0';
      return { ...answer, Attributes: { ...answer.Attributes, ApproximateNumberOfMessagesNotVisible: held } };
    });
    const looks = await drain();
    expect(looks.filter(({ at }) => at < 40_000).at(-1)).toMatchObject({ quiet: true });
    expect(looks.filter(({ at }) => at < 50_000).at(-1)).toMatchObject({ quiet: false, settling: undefined });
    expect(looks.at(-1)?.at).toBeGreaterThanOrEqual(50_000 + MINUTE);
  });

  it.each([
    ['5s' as const, 5_000],
    [0, 0],
  ])('waits for as long as it is told: %s', async (settle, ms) => {
    const looks = (await drain({ settle })).filter(({ quiet }) => quiet);
    expect(looks.length).toBeGreaterThanOrEqual(2);
    expect((looks.at(-1)?.at ?? 0) - (looks[0]?.at ?? 0)).toBeGreaterThanOrEqual(ms);
    expect(looks.at(-1)?.at).toBeLessThan(ms + 3_000);
  });

  it('does not wait for counts that are exact: those of queues on this machine', async () => {
    const looks = await drain({}, at.queues);
    expect(looks.filter(({ quiet }) => quiet)).toHaveLength(2);
    expect(looks.at(-1)).toMatchObject({ settling: 0 });
    expect(looks.at(-1)?.at).toBeLessThan(1_000);
    expect((await drain({ settle: '10s' }, at.queues)).at(-1)?.at).toBeGreaterThanOrEqual(10_000);
  });

  it('says, where its time is over, that it was quiet for too short a time', async () => {
    const drained = drain({ timeout: '30s' });
    await expect(drained).rejects.toBeInstanceOf(DrainTimeoutError);
    await expect(drained).rejects.toThrow(
      /0 in flight, disabled, for less than 60000 ms.*at any look for 60000 ms.*more time than those 60000 ms/s,
    );
    expect(mappings.state('feed')).toBe('Disabled');
  });

  it('refuses a time that is none, before it asks for anything', async () => {
    await expect(drain({ settle: '-1s' as never })).rejects.toBeInstanceOf(InvalidOptionError);
    expect(mappings.asked).toEqual([]);
  });
});
