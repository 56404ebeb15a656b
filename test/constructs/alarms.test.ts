import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { STACK_DEFAULTS } from '../../lib/constructs/index.ts';
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

  it('go off at a run of the sweeper that fails', () => {
    const failing = (Threshold: number) => ({
      ...{ Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum', Threshold },
      ...{ Period: 3_600, EvaluationPeriods: 1 },
      Dimensions: [
        { Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^MillraceSweeperFunction') } },
      ],
      AlarmDescription: Match.stringLikeRegexp('sweeper.md'),
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', failing(1));
    const patient = makeStack({ alarms: { sweeperFailures: 3 } }).template();
    patient.hasResourceProperties('AWS::CloudWatch::Alarm', failing(3));
  });

  it('go off when the sweeper has not run for two hours, of which nothing measured is the sign', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ Namespace: 'AWS/Lambda', MetricName: 'Invocations', Statistic: 'Sum', Threshold: 1 },
      ...{ Period: 1_800, EvaluationPeriods: 4, TreatMissingData: 'breaching' },
      ComparisonOperator: 'LessThanThreshold',
      Dimensions: [
        { Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('^MillraceSweeperFunction') } },
      ],
      AlarmDescription: Match.stringLikeRegexp('sweeper.md'),
    });
    // A period without a run is no accident: the sweeper runs twice in it.
    expect(1_800).toBe(2 * STACK_DEFAULTS.sweepMinutes * 60);
  });

  it('go off at the first record that the sweeper can neither read nor mend', () => {
    const unmended = { MetricName: 'UnmendedJobs', Statistic: 'Sum', Period: 3_600, EvaluationPeriods: 1 };
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ ...unmended, Threshold: 1 },
      AlarmDescription: Match.stringLikeRegexp('sweeper.md'),
    });
    const patient = makeStack({ alarms: { unmendedJobs: 13 } }).template();
    patient.hasResourceProperties('AWS::CloudWatch::Alarm', { ...unmended, Threshold: 13 });
  });

  it('are quiet while nothing is measured, but for the one on runs that do not come', () => {
    const loud = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(loud.map(({ MetricName }) => MetricName)).toEqual(['Invocations']);
  });

  it('stand on the operating page with what sets them off', async () => {
    const page = await readFile('docs/operating/README.md', 'utf8');
    const ids = makeStack().millrace.alarms?.all.map(({ node }) => node.id.split('-')[0]) ?? [];
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.filter((id) => !new RegExp(`^\\| ${id}(,| \\|)`, 'm').test(page))).toEqual([]);
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
