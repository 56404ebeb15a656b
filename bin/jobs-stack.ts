import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { catalog } from '../lambdas/jobs/catalog.ts';
import { JOBS_ENV } from '../lambdas/jobs/environment.ts';
import { Millrace, type Pool } from '../lib/constructs/index.ts';

export interface JobsStackProps extends StackProps {
  /**
   * The secret that webhooks are signed with, in the Standard Webhooks form. It stands in the template: for development only.
   * @default a secret that AWS Secrets Manager generates, or the context key `webhookSecret`
   */
  readonly webhookSecret?: string;
  /**
   * Whether webhooks may go to loopback and private addresses: for development only.
   * @default false, or the context key `webhookAllowPrivate`
   */
  readonly webhookAllowPrivate?: boolean;
}

/** The jobs of `lambdas/jobs` on a Millrace of their own, and the bucket that they read from and write to. */
export class JobsStack extends Stack {
  readonly millrace: Millrace<typeof catalog>;
  readonly reports: Bucket;

  constructor(scope: Construct, id: string, props: JobsStackProps = {}) {
    super(scope, id, props);
    const context = (key: string): unknown => this.node.tryGetContext(key);
    const allowPrivate = props.webhookAllowPrivate ?? String(context('webhookAllowPrivate')) === 'true';
    const secret = props.webhookSecret ?? (context('webhookSecret') as string | undefined);
    this.reports = reportsBucket(this);
    this.millrace = new Millrace(this, 'Millrace', {
      catalog,
      pools: {
        default: {
          entry: fileURLToPath(new URL('../lambdas/worker.ts', import.meta.url)),
          environment: {
            [JOBS_ENV.bucket]: this.reports.bucketName,
            [JOBS_ENV.webhookSecret]: secret ?? generatedSecret(this),
            [JOBS_ENV.webhookAllowPrivate]: String(allowPrivate),
          },
        },
      },
    });
    grantReports(this.millrace.pools.default, this.reports);
  }
}

function reportsBucket(scope: Construct): Bucket {
  const bucket = new Bucket(scope, 'Reports', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    // A worker that dies in a multipart upload leaves its parts.
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Only the worker reads and writes this bucket, and it logs every job; access logs would need a bucket more.',
  });
  return bucket;
}

/** 48 letters and digits are base64 of 36 bytes: a Standard Webhooks secret has 24 to 64. */
const SECRET_LENGTH = 48;

/** Resolved when the stack is deployed: neither the template nor the synthesised assembly has the secret. */
function generatedSecret(scope: Construct): string {
  const secret = new Secret(scope, 'WebhookSecret', {
    description: 'Signs the webhooks that the jobs deliver (Standard Webhooks)',
    generateSecretString: { passwordLength: SECRET_LENGTH, excludePunctuation: true },
  });
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason: 'Receivers hold the same secret: a rotation has to be agreed with each, so it is not automatic.',
  });
  return secret.secretValue.unsafeUnwrap();
}

/** What the handlers call: read, head, write whole or in parts, give parts back, and list. */
function grantReports(pool: Pool, bucket: Bucket): void {
  pool.worker.addToRolePolicy(
    new PolicyStatement({
      actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
      resources: [bucket.arnForObjects('*')],
    }),
  );
  pool.worker.addToRolePolicy(
    new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
  );
  const logicalId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  Validations.of(pool).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/*]`,
    reason: 'The objects of this one bucket: their keys are chosen when the jobs run.',
  });
}
