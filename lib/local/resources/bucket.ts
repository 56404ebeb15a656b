import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { physicalName } from './names.ts';
import { announce } from './plan.ts';
import type { ResourceType } from './resource-type.ts';

export const bucket: ResourceType = {
  type: 'AWS::S3::Bucket',
  async create({ stack, logicalId, properties, plan }) {
    const generated = physicalName({ stack, logicalId, maxLength: 63, run: '', lowerCase: true });
    const name = properties.optionalText('BucketName') ?? generated;
    if (properties.has('LifecycleConfiguration')) {
      announce(plan, 'Lifecycle rules of buckets delete nothing', logicalId);
    }
    if (properties.has('VersioningConfiguration')) {
      announce(plan, 'Buckets keep no old versions', logicalId);
    }
    if (properties.has('CorsConfiguration')) announce(plan, 'Buckets answer no CORS requests', logicalId);
    properties
      .withoutEffect(
        'BucketEncryption',
        'PublicAccessBlockConfiguration',
        'OwnershipControls',
        'LoggingConfiguration',
        'IntelligentTieringConfigurations',
        'MetricsConfigurations',
        'Tags',
      )
      .refuseUnread();
    await plan.clients.s3.send(new CreateBucketCommand({ Bucket: name }));
    const { partition, region } = plan.surroundings;
    const arn = `arn:${partition}:s3:::${name}`;
    return {
      ref: name,
      attributes: {
        Arn: arn,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
        DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
      },
      physicalName: name,
      arn,
    };
  },
};
