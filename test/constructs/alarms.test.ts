import { existsSync } from 'node:fs';
import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../lib/contract/index.ts';
import { makeStack } from './fixtures/stack.ts';

const template = makeStack().template();
const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map((a) => a['Properties']);

describe('alarms', () => {
  it('each name a page that exists', () => {
    for (const { AlarmDescription } of alarms) {
      const page = /docs\/operating\/[a-z-]+\.md/.exec(AlarmDescription)?.[0];
      expect(page && existsSync(page), AlarmDescription).toBe(true);
    }
  });

  it('go off at the first dead job', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'DeadJobs',
      Statistic: 'Sum',
      Threshold: 1,
      EvaluationPeriods: 1,
      Period: 300,
    });
  });

  it('go off when a pool’s dead letters lie for fifteen minutes, held ones included', () => {
    const depth = alarms.filter(({ AlarmDescription }) =>
      /dead-letter queues of the pool/.test(AlarmDescription),
    );
    expect(depth).toHaveLength(2);
    for (const { Metrics, EvaluationPeriods, Threshold } of depth) {
      expect({ EvaluationPeriods, Threshold }).toEqual({ EvaluationPeriods: 3, Threshold: 1 });
      // CloudWatch: an alarm on an expression takes at most ten metrics.
      expect(Metrics.filter((m: object) => 'MetricStat' in m)).toHaveLength(8);
    }
  });

  it('go off at the first message that nobody can read', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'QuarantinedMessages',
      Threshold: 1,
    });
  });

  it('go off at a job that no build knows, from one of its waits to the next', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ MetricName: 'UnknownJobs', Threshold: 1, EvaluationPeriods: 1 },
      AlarmDescription: Match.stringLikeRegexp('unknown-jobs.md'),
    });
    const [alarm] = alarms.filter(({ MetricName }) => MetricName === 'UnknownJobs');
    expect(alarm.Period * 1_000).toBeGreaterThan(DEFAULTS.unknownTypeCap);
  });

  it('go off when the sweeper mends what lost its message, and not when a deadline passes', () => {
    const [mended] = alarms.filter(({ AlarmDescription }) => AlarmDescription.includes('mended-jobs.md'));
    const names = mended.Metrics.flatMap((m: { MetricStat?: { Metric: { MetricName: string } } }) =>
      m.MetricStat ? m.MetricStat.Metric.MetricName : [],
    );
    expect(names.sort()).toEqual([
      ...['SweptCancelled', 'SweptChanges', 'SweptDead', 'SweptRedispatched', 'SweptTurns'],
    ]);
    expect(mended).toMatchObject({ Threshold: 1, EvaluationPeriods: 1 });
  });

  it('go off when EventBridge Scheduler gives a firing up, in any of the three groups', () => {
    const [dropped] = alarms.filter(({ AlarmDescription }) => AlarmDescription.includes('gave up firings'));
    const stats = dropped.Metrics.flatMap((m: { MetricStat?: object }) => m.MetricStat ?? []);
    expect(stats).toHaveLength(3);
    for (const { Metric, Stat } of stats) {
      expect({ ...Metric, Stat }).toMatchObject({
        Namespace: 'AWS/Scheduler',
        MetricName: 'InvocationDroppedCount',
        Dimensions: [{ Name: 'ScheduleGroup', Value: { Ref: expect.stringMatching(/^MillraceScheduler/) } }],
        Stat: 'Sum',
      });
    }
    expect(dropped).toMatchObject({ Threshold: 1, EvaluationPeriods: 1 });
  });

  it('go off when what it could not send lies for fifteen minutes, and at the first tick that is missed', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp('dead-letter queue of EventBridge Scheduler'),
      MetricName: 'ApproximateNumberOfMessagesVisible',
      EvaluationPeriods: 3,
      Threshold: 1,
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'MissedTicks', Threshold: 1 });
    const patient = makeStack({ alarms: { missedTicks: 20 } }).template();
    patient.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'MissedTicks', Threshold: 20 });
  });

  it('go off when stream records failed', () => {
    expect(
      alarms.filter((a) => JSON.stringify(a.Dimensions ?? '').includes('LifecycleFailures')),
    ).toHaveLength(1);
  });

  it('go off when the lifecycle function is ten minutes behind the stream', () => {
    const behind = (Threshold: number) => ({
      ...{ Namespace: 'AWS/Lambda', MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold },
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^MillraceLifecycle') } }],
      AlarmDescription: Match.stringLikeRegexp('outbox-age.md'),
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', behind(600_000));
    const patient = makeStack({ alarms: { outboxAge: Duration.hours(1) } }).template();
    patient.hasResourceProperties('AWS::CloudWatch::Alarm', behind(3_600_000));
  });

  it('watch the oldest message of every queue, by its priority and its visibility timeout', () => {
    const ages = alarms.filter((a) => a.MetricName === 'ApproximateAgeOfOldestMessage');
    expect(ages.map((a) => a.Threshold)).toEqual([480, 1_080, 1_980, 7_380, 1_200, 1_800, 2_700, 8_100]);
  });

  it('are quiet while nothing is measured', () => {
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { TreatMissingData: 'notBreaching' });
  });

  it('take thresholds and a topic', () => {
    const { stack } = makeStack();
    const topic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:123456789012:ops');
    const oldestAge = { critical: Duration.minutes(1) };
    const thresholds = { deadJobs: 7, deadLetterDepth: 9, mendedJobs: 11, oldestAge };
    const told = makeStack({ alarms: { topic, ...thresholds } }).template();
    const arn = 'arn:aws:sns:eu-west-1:123456789012:ops';
    told.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [arn], OKActions: [arn] });
    told.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'DeadJobs', Threshold: 7 });
    for (const Threshold of [9, 11])
      told.hasResourceProperties('AWS::CloudWatch::Alarm', { Metrics: Match.anyValue(), Threshold });
    told.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 60 + 180 });
  });

  it('can be left out', () => {
    makeStack({ alarms: false }).template().resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });
});
