import type { Json } from '../template/index.ts';
import { physicalName } from './names.ts';
import { announce, type Plan } from './plan.ts';
import type { ResourceInput, ResourceType } from './resource-type.ts';

interface InertOptions {
  readonly type: string;
  /** Property that names it, where the user may. */
  readonly name?: string;
  /** Said at start, where somebody could wait for it to do something. */
  readonly notEmulated?: string;
  /** The resource part of its ARN's service and type, such as `logs:…:log-group:`. */
  readonly arn?: (plan: Plan, name: string) => string;
}

/** Types that the template may hold and that do nothing on a laptop. Their properties are resolved and then dropped. */
export const inertTypes: readonly ResourceType[] = [
  inert({ type: 'AWS::CDK::Metadata' }),
  inert({
    type: 'AWS::Logs::LogGroup',
    name: 'LogGroupName',
    arn: (plan, name) => `${prefix(plan, 'logs')}:log-group:${name}:*`,
  }),
  inert({
    type: 'AWS::CloudWatch::Alarm',
    name: 'AlarmName',
    notEmulated: 'Alarms are never evaluated',
    arn: (plan, name) => `${prefix(plan, 'cloudwatch')}:alarm:${name}`,
  }),
  inert({
    type: 'AWS::CloudWatch::CompositeAlarm',
    name: 'AlarmName',
    notEmulated: 'Alarms are never evaluated',
    arn: (plan, name) => `${prefix(plan, 'cloudwatch')}:alarm:${name}`,
  }),
  inert({
    type: 'AWS::CloudWatch::Dashboard',
    name: 'DashboardName',
    notEmulated: 'Dashboards show nothing',
  }),
  inert({
    type: 'AWS::Logs::MetricFilter',
    name: 'FilterName',
    notEmulated: 'Log lines become no metrics',
  }),
  inert({
    type: 'AWS::Events::Rule',
    name: 'Name',
    notEmulated: 'Rules do not fire: invoke their functions by hand',
    arn: (plan, name) => `${prefix(plan, 'events')}:rule/${name}`,
  }),
  inert({ type: 'AWS::SQS::QueuePolicy' }),
  inert({ type: 'AWS::S3::BucketPolicy' }),
  inert({ type: 'AWS::Lambda::Permission' }),
];

function inert({ type, name, notEmulated, arn }: InertOptions): ResourceType {
  return {
    type,
    create({ stack, logicalId, properties, plan }: ResourceInput) {
      const given = name === undefined ? undefined : properties.optionalText(name);
      const own = given ?? physicalName({ stack, logicalId, maxLength: 255, run: '' });
      const ownArn = arn?.(plan, own);
      if (notEmulated !== undefined) announce(plan, notEmulated, logicalId);
      const attributes: Record<string, Json> = ownArn === undefined ? {} : { Arn: ownArn };
      return { ref: own, attributes, physicalName: own, arn: ownArn };
    },
  };
}

function prefix(plan: Plan, service: string): string {
  const { partition, region, account } = plan.surroundings;
  return `arn:${partition}:${service}:${region}:${account}`;
}
