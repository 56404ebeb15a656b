import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { JobsStack, type JobsStackProps } from '../../bin/jobs-stack.ts';
import { testApp } from './fixtures/stack.ts';

/** The feature flags that `cdk synth` and `cdk deploy` hand to the app. */
const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

function makeApp(props?: JobsStackProps): { app: App; stack: JobsStack } {
  const app = testApp({ context, builtinCloudFormationValidation: true });
  const stack = new JobsStack(app, 'MillraceJobs', props);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack };
}

interface Acknowledged {
  readonly [id: string]: unknown;
}

describe('the stack of this application', () => {
  it('has no finding of cdk-nag’s AwsSolutions or of the CDK’s own validation that is not acknowledged', () => {
    const { app } = makeApp();
    // Synthesis throws for findings of either.
    const { directory } = app.synth();
    const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
    expect(report.pluginReports).toEqual([]);
  }, 120_000);

  it('would be told of a finding', () => {
    const { app, stack } = makeApp();
    new Queue(stack, 'Plain');
    expect(() => app.synth()).toThrow(/not have a DLQ enabled/);
  });

  it('gives a reason with each acknowledgement', () => {
    const { stack } = makeApp();
    const acknowledged = stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Acknowledged));
    expect(
      acknowledged.map(([id]) => id.replace(/^.*::(?=AwsSolutions)/, '').replace(/\[.*/, '')).sort(),
    ).toEqual([
      ...['AwsSolutions-IAM5', 'AwsSolutions-IAM5', 'AwsSolutions-IAM5', 'AwsSolutions-S1'],
      ...['AwsSolutions-SMG4', 'AwsSolutions-SQS3', 'AwsSolutions-SQS3'],
    ]);
    for (const [id, reason] of acknowledged) expect(JSON.stringify(reason), id).toMatch(/\w+( \S+){6,}/);
  });

  it('has no custom resources, and no function but those of Millrace', () => {
    const template = Template.fromStack(makeApp().stack);
    const types = new Set(
      Object.values(template.toJSON().Resources).map((r) => (r as { Type: string }).Type),
    );
    expect(
      [...types].filter((type) => type.startsWith('Custom::') || type.includes('CustomResource')),
    ).toEqual([]);
    template.resourceCountIs('AWS::Lambda::Function', 4);
  });

  it('has stars in its policies only for the objects of the one bucket, and the schedules of two groups', () => {
    const template = Template.fromStack(makeApp().stack);
    const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
      (policy) => policy['Properties'].PolicyDocument.Statement,
    );
    const starred = statements.filter((statement) => JSON.stringify(statement).includes('*'));
    const schedules = starred.filter(({ Action }) => String(Action).includes('scheduler:'));
    expect(schedules).toHaveLength(2);
    expect(starred.filter((statement) => !schedules.includes(statement))).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/^Reports/), 'Arn'] }, '/*']] },
      },
    ]);
  });

  it('keeps the webhook secret out of the template', () => {
    const template = Template.fromStack(makeApp().stack);
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true },
    });
    expect(JSON.stringify(template.toJSON())).toContain('{{resolve:secretsmanager:');
  });

  it('takes a secret and private addresses for development', () => {
    const { stack } = makeApp({ webhookSecret: 'whsec_c2VjcmV0', webhookAllowPrivate: true });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    const text = JSON.stringify(template.toJSON());
    expect(text).toContain('"WEBHOOK_SECRET":"whsec_c2VjcmV0"');
    expect(text).toContain('"WEBHOOK_ALLOW_PRIVATE":"true"');
  });
});

describe('its functions', () => {
  it('are bundled with the AWS SDK, as ES modules, each within two megabytes and with code of its own', () => {
    const app = testApp({
      context: { ...context, 'aws:cdk:bundling-stacks': ['**'], 'aws:cdk:enable-asset-metadata': true },
    });
    const stack = new JobsStack(app, 'MillraceJobs');
    const { directory } = app.synth();
    const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    const paths = functions.map((fn) => fn['Metadata']['aws:asset:path']);
    expect(new Set(paths).size).toBe(functions.length);
    for (const path of paths) {
      const file = join(directory, path, 'index.mjs');
      expect(existsSync(file), file).toBe(true);
      const code = readFileSync(file, 'utf8');
      expect(code).not.toMatch(/from\s*"@aws-sdk\//);
      expect(code.length).toBeLessThan(2_000_000);
    }
  });
});
