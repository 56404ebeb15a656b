import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { Millrace } from '../../lib/constructs/index.ts';
import { catalog } from './fixtures/catalog.ts';
import { entry, makeStack } from './fixtures/stack.ts';

const { stack, millrace, template } = makeStack();
const made = template();
const filters = Object.values(made.findResources('AWS::Logs::MetricFilter')).map((f) => f['Properties']);
const high = { priority: 'high' } as const;

function namespaces(of: Template): Set<string> {
  const found = Object.values(of.findResources('AWS::Logs::MetricFilter'));
  return new Set(found.map((f) => f['Properties'].MetricTransformations[0].MetricNamespace));
}

describe('metrics from log lines', () => {
  it('measure each pool’s executions and failures by pool and priority', () => {
    for (const name of ['AttemptDuration', 'FailedAttempts']) {
      const own = filters.filter((f) => f.MetricTransformations[0].MetricName === name);
      expect(own).toHaveLength(2);
      for (const { MetricTransformations } of own) {
        expect(MetricTransformations[0].Dimensions).toEqual([
          { Key: 'Pool', Value: '$.pool' },
          { Key: 'Priority', Value: '$.priority' },
        ]);
      }
    }
  });

  it('count dead jobs of the workers, the recorder and the lifecycle function, as zero where there are none', () => {
    const dead = filters.filter((f) => f.MetricTransformations[0].MetricName === 'DeadJobs');
    expect(dead).toHaveLength(4);
    for (const { MetricTransformations, FilterPattern } of dead) {
      expect(MetricTransformations[0]).toMatchObject({ DefaultValue: 0, MetricValue: '1' });
      expect(FilterPattern).toBe('{ ($.message = "job settled") && ($.outcome = "dead") }');
    }
  });

  it('count expired jobs of the workers, the recorder and the sweeper', () => {
    const expired = filters.filter((f) => f.MetricTransformations[0].MetricName === 'ExpiredJobs');
    expect(expired.map((f) => f.FilterPattern).sort()).toEqual([
      '{ ($.message = "job mended") && ($.mended = "expire") }',
      ...Array(3).fill('{ ($.message = "job settled") && ($.outcome = "expired") }'),
    ]);
    for (const { MetricTransformations } of expired)
      expect(MetricTransformations[0]).toMatchObject({ DefaultValue: 0, MetricValue: '1' });
  });

  it.each([
    ['MissedTicks', ['late', 'full']],
    ['SkippedTicks', ['overlap', 'paused', 'deleted']],
  ])('count ticks that made no job as %s, by why, of the workers and of the recorder', (name, whys) => {
    const own = filters.filter((f) => f.MetricTransformations[0].MetricName === name);
    expect(own).toHaveLength(3);
    const reasons = whys.map((why) => `($.why = "${why}")`).join(' || ');
    for (const { FilterPattern, MetricTransformations } of own) {
      expect(FilterPattern).toBe(`{ ($.message = "tick dropped") && (${reasons}) }`);
      expect(MetricTransformations[0].DefaultValue).toBe(0);
    }
  });

  it('count jobs that no build has known for a quarter of an hour, and no deploy in progress', () => {
    const unknown = filters.filter((f) => f.MetricTransformations[0].MetricName === 'UnknownJobs');
    expect(unknown).toHaveLength(2);
    for (const { FilterPattern, MetricTransformations } of unknown) {
      expect(FilterPattern).toBe('{ ($.message = "job unknown to this build") && ($.unknown_ms >= 900000) }');
      expect(MetricTransformations[0]).toMatchObject({ DefaultValue: 0, MetricValue: '1' });
    }
  });

  it('count the errors that handlers left uncaught', () => {
    const stray = filters.filter((f) => f.MetricTransformations[0].MetricName === 'StrayErrors');
    expect(stray).toHaveLength(2);
    for (const { FilterPattern, MetricTransformations } of stray) {
      expect(FilterPattern).toBe('{ ($.message = "error left uncaught") }');
      expect(MetricTransformations[0]).toMatchObject({ DefaultValue: 0, MetricValue: '1' });
    }
  });

  it('count the messages that the recorder quarantined', () => {
    const [filter] = filters.filter((f) => f.MetricTransformations[0].MetricName === 'QuarantinedMessages');
    expect(filter.FilterPattern).toBe('{ ($.message = "message quarantined") }');
    expect(filter.LogGroupName.Ref).toMatch(/Recorder/);
  });

  it('count the records that the sweeper could not read or mend', () => {
    const [filter, ...others] = filters.filter(
      (f) => f.MetricTransformations[0].MetricName === 'UnmendedJobs',
    );
    expect(others).toEqual([]);
    expect(filter.FilterPattern).toBe('{ ($.message = "job not looked after") }');
    expect(filter.LogGroupName.Ref).toMatch(/Sweeper/);
    expect(filter.MetricTransformations[0]).toMatchObject({ DefaultValue: 0, MetricValue: '1' });
  });

  it.each([
    ['expire', 'SweptExpired'],
    ['cancel', 'SweptCancelled'],
    ['cancel-overdue', 'SweptCancelledOverdue'],
    ['redispatch', 'SweptRedispatched'],
    ['bury', 'SweptDead'],
    ['turn', 'SweptTurns'],
    ['change', 'SweptChanges'],
  ])('count each job or schedule that the sweeper mended by %s', (what, name) => {
    const [filter, ...others] = filters.filter((f) => f.MetricTransformations[0].MetricName === name);
    expect(others).toEqual([]);
    expect(filter.FilterPattern).toBe(`{ ($.message = "job mended") && ($.mended = "${what}") }`);
    expect(filter.LogGroupName.Ref).toMatch(/Sweeper/);
    expect(filter.MetricTransformations[0].DefaultValue).toBe(0);
  });

  it('are in a namespace of their own for each Millrace of an account', () => {
    const second = makeStack();
    new Millrace(second.stack, 'Second', { catalog, pools: { default: { entry }, heavy: { entry } } });
    expect(namespaces(Template.fromStack(second.stack)).size).toBe(2);
    expect(namespaces(made).size).toBe(1);
    expect(namespaces(makeStack({ metricNamespace: 'Jobs' }).template())).toEqual(new Set(['Jobs']));
  });
});

describe('metric*', () => {
  it.each([
    [millrace.metricQueueDepth(high), 'ApproximateNumberOfMessagesVisible', 'Maximum'],
    [millrace.metricOldestAge(high), 'ApproximateAgeOfOldestMessage', 'Maximum'],
    [millrace.metricDeadLetterDepth(high), 'ApproximateNumberOfMessagesVisible', 'Maximum'],
    [millrace.metricThroughput(high), 'AttemptDuration', 'SampleCount'],
    [millrace.metricFailures(high), 'FailedAttempts', 'Sum'],
    [millrace.metricDuration(high), 'AttemptDuration', 'p95'],
    [millrace.metricDeadJobs(), 'DeadJobs', 'Sum'],
    [millrace.metricExpiredJobs(), 'ExpiredJobs', 'Sum'],
    [millrace.metricMissedTicks(), 'MissedTicks', 'Sum'],
    [millrace.metricSkippedTicks(), 'SkippedTicks', 'Sum'],
    [millrace.metricUnknownJobs(), 'UnknownJobs', 'Sum'],
    [millrace.metricStrayErrors(), 'StrayErrors', 'Sum'],
    [millrace.metricQuarantined(), 'QuarantinedMessages', 'Sum'],
    [millrace.metricUnmendedJobs(), 'UnmendedJobs', 'Sum'],
    [millrace.metricMended('redispatch'), 'SweptRedispatched', 'Sum'],
  ])('%s is %s by %s', (metric, name, statistic) => {
    expect(metric.toMetricConfig().metricStat).toMatchObject({ metricName: name, statistic });
  });

  it('asks for the queue of the pool and priority', () => {
    const metric = millrace.metricOldestAge({ pool: 'heavy', priority: 'low' });
    const dimensions = stack.resolve(metric.toMetricConfig().metricStat?.dimensions);
    expect(JSON.stringify(dimensions)).toMatch(/heavylowJobs/);
  });
});

describe('the dashboard', () => {
  const body = JSON.stringify(Object.values(made.findResources('AWS::CloudWatch::Dashboard')));

  it.each([
    'ApproximateNumberOfMessagesVisible',
    'ApproximateAgeOfOldestMessage',
    'AttemptDuration',
    'FailedAttempts',
    'SampleCount',
    'p95',
    'DeadJobs',
    'ExpiredJobs',
    'SweptRedispatched',
    'IteratorAge',
    'UnknownJobs',
    'StrayErrors',
    'UnmendedJobs',
    'Invocations',
    'Errors',
    'Pool default',
    'Pool heavy',
  ])('shows %s', (text) => {
    expect(body).toContain(text);
  });

  it('can be left out', () => {
    makeStack({ dashboard: false }).template().resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });
});
