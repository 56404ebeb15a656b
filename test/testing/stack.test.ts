import { describe, expect, it } from 'vitest';
import { AWS_LIMITS, STACK_DEFAULTS } from '../../lib/constructs/defaults.ts';
import { defineCatalog, defineSchedule } from '../../lib/contract/index.ts';
import { type Item, stateItem, TABLE_SHAPE } from '../../lib/state/index.ts';
import { requestFor } from '../../lib/testing/declared-schedules.ts';
import { JobsSeen } from '../../lib/testing/jobs-seen.ts';
import { makeQueues, STACK } from '../../lib/testing/pool-queues.ts';
import { Sweeping } from '../../lib/testing/sweeping.ts';
import { entry, makeStack } from '../constructs/fixtures/stack.ts';
import { askForReview, sendReceipt } from './catalog.ts';

const START = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;

const hourly = defineSchedule(sendReceipt, {
  ...{ name: 'hourly', cron: '0 * * * ? *', timeZone: 'Europe/Berlin', payload: { orderId: '42' } },
  ...{ window: '15m', endAt: Date.UTC(2050, 0, 1), maxAge: '2h' },
});
const often = defineSchedule(askForReview, { name: 'often', every: '90m', payload: { orderId: '42' } });
const catalog = defineCatalog([sendReceipt, askForReview], { schedules: [hourly, often] });
const { template } = makeStack({ catalog, pools: { default: { entry }, slow: { entry } } });

/** The properties of the stack's resources of a type. */
function resources(type: string): Record<string, never>[] {
  return Object.values(template().findResources(type)).map(({ Properties }) => Properties);
}

describe('what a test Millrace takes for its stack', () => {
  it('has the numbers that the stack has unless its props say otherwise', () => {
    const { functionMargin, visibilityMargin, systemTimeout, maxReceiveCount } = STACK_DEFAULTS;
    const { queueRetention, deadLetterRetention, sweepMinutes } = STACK_DEFAULTS;
    expect(STACK).toEqual({
      maxReceiveCount,
      functionMargin: functionMargin * 1000,
      visibilityMargin: visibilityMargin * 1000,
      systemTimeout: systemTimeout * 1000,
      queueRetention: queueRetention * 1000,
      deadLetterRetention: deadLetterRetention * 1000,
      longestFunction: AWS_LIMITS.functionTimeout * 1000,
      sweepInterval: sweepMinutes * MINUTE,
    });
  });

  it('has the table of the stack, key by key and index by index', () => {
    const [table] = resources('AWS::DynamoDB::Table');
    const sorted = (list: readonly object[]) => list.map((each) => JSON.stringify(each)).toSorted();
    expect(table?.['KeySchema']).toEqual(TABLE_SHAPE.KeySchema);
    expect(table?.['GlobalSecondaryIndexes']).toEqual(TABLE_SHAPE.GlobalSecondaryIndexes);
    expect(sorted(table?.['AttributeDefinitions'] ?? [])).toEqual(sorted(TABLE_SHAPE.AttributeDefinitions));
  });

  it('has as many queues for jobs, and dead-letter queues, as the recorder reads', () => {
    const { pools, deadLetters } = makeQueues(catalog);
    const [priorities] = pools.map(({ queues }) => queues.length);
    const queues = resources('AWS::SQS::Queue').filter((queue) => 'RedrivePolicy' in queue);
    expect(queues).toHaveLength(pools.length * Number(priorities));
    expect(deadLetters).toHaveLength(queues.length + 1);
  });

  it('makes the catalog’s schedules as the stack does', () => {
    const queues = makeQueues(catalog);
    const made = resources('AWS::Scheduler::Schedule');
    for (const schedule of catalog.schedules) {
      const { Name, GroupName, State, Target, EndDate, StartDate, ...ours } = requestFor(schedule, {
        queues,
        now: START,
      });
      const theirs = made.find((each) => each['ScheduleExpression'] === ours.ScheduleExpression);
      expect(theirs).toMatchObject({ ...ours, Target: { RetryPolicy: Target.RetryPolicy } });
      expect([theirs?.['StartDate'], theirs?.['EndDate']]).toEqual([StartDate, EndDate?.toISOString()]);
    }
  });
});

describe('the sweeper of a test', () => {
  const record = (watchAt?: number) => ({
    ...{ id: 'a', type: 'review.ask', version: 1, pool: 'slow', priority: 'low', status: 'queued', gen: 'g' },
    ...{ dispatch: 0, runAt: START, attempts: 0, unsettled: 0, enqueuedAt: START, watchAt },
  });
  const sweeping = (...watched: (number | undefined)[]) => {
    const jobs = new JobsSeen();
    for (const [i, watchAt] of watched.entries()) {
      const item: Item = stateItem({ ...record(watchAt), id: `job-${i}` } as Parameters<typeof stateItem>[0]);
      const keys = { pk: item['pk'], sk: item['sk'] };
      jobs.note([{ dynamodb: { Keys: keys, NewImage: item } as never }]);
    }
    return new Sweeping({ jobs, since: START });
  };

  it('has nothing to do without jobs, and with them a round a day', () => {
    expect(sweeping().next()).toBeUndefined();
    const daily = sweeping(undefined);
    expect(daily.next()).toBe(START + 1_440 * MINUTE);
    daily.ran(START + 1_440 * MINUTE);
    expect(daily.next()).toBe(START + 2_880 * MINUTE);
  });

  it('comes at the first of its quarters of an hour by which a deadline has passed, and at each until that is done', () => {
    const overdue = sweeping(START + 20 * MINUTE, START + 500 * MINUTE);
    expect(overdue.next()).toBe(START + 30 * MINUTE);
    expect([overdue.due(START + 30 * MINUTE - 1), overdue.due(START + 30 * MINUTE)]).toEqual([false, true]);
    overdue.ran(START + 30 * MINUTE);
    expect(overdue.next()).toBe(START + 45 * MINUTE);
    expect(sweeping(START + 30 * MINUTE).next()).toBe(START + 30 * MINUTE);
  });
});
