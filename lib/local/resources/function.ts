import { codeDirectory } from './function-code.ts';
import { physicalName } from './names.ts';
import { announce, type Plan } from './plan.ts';
import type { Properties } from './properties.ts';
import type { CreatedResource, ResourceInput, ResourceType } from './resource-type.ts';

/** Lambda's own defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

export const lambdaFunction: ResourceType = {
  type: 'AWS::Lambda::Function',
  async create(input: ResourceInput): Promise<CreatedResource> {
    const { stack, logicalId, properties, plan } = input;
    const { region, account, partition } = plan.surroundings;
    const generated = physicalName({ stack, logicalId, maxLength: 64, run: '' });
    const name = properties.optionalText('FunctionName') ?? generated;
    const arn = `arn:${partition}:lambda:${region}:${account}:function:${name}`;
    const logGroup = properties.optionalObject('LoggingConfig');
    const logGroupName = logGroup?.optionalText('LogGroup');
    logGroup?.withoutEffect('LogFormat', 'ApplicationLogLevel', 'SystemLogLevel');
    checkRuntime({ properties, plan, logicalId });
    const codeDir = await codeDirectory(input);
    plan.functions.set(name, {
      logicalId,
      stack,
      name,
      arn,
      codeDir,
      handler: properties.text('Handler'),
      roleArn: properties.text('Role'),
      environment: {
        ...properties.optionalObject('Environment')?.textMap('Variables'),
        ...(logGroupName !== undefined && { AWS_LAMBDA_LOG_GROUP_NAME: logGroupName }),
      },
      timeoutSeconds: properties.optionalNumber('Timeout') ?? DEFAULT_TIMEOUT_SECONDS,
      memoryMb: properties.optionalNumber('MemorySize') ?? DEFAULT_MEMORY_MB,
      reservedConcurrency: properties.optionalNumber('ReservedConcurrentExecutions'),
    });
    properties
      // The local machine's architecture runs; encryption, tracing, recursion guard and disk size have no counterpart.
      .withoutEffect('Architectures', 'Description', 'EphemeralStorage', 'KmsKeyArn', 'RecursiveLoop', 'Tags')
      .withoutEffect('TracingConfig', 'RuntimeManagementConfig')
      .refuseUnread();
    return { ref: name, attributes: { Arn: arn }, physicalName: name, arn };
  },
};

function checkRuntime(options: { properties: Properties; plan: Plan; logicalId: string }): void {
  const { properties, plan, logicalId } = options;
  const runtime = properties.optionalText('Runtime');
  const major = /^nodejs(\d+)\.x$/.exec(runtime ?? '')?.[1];
  if (major === undefined || properties.optionalText('PackageType') === 'Image') {
    throw properties.unsupported('Runtime', {
      got: runtime ?? 'a container image',
      expected: 'a Node.js runtime such as nodejs24.x',
      fix: 'keep this function in a stack that the local cloud does not start',
    });
  }
  const own = process.versions.node.split('.')[0];
  if (major !== own)
    announce(plan, `Functions of nodejs${major}.x run on this machine's Node ${own}`, logicalId);
  if (properties.has('VpcConfig')) announce(plan, 'Functions run outside of any VPC', logicalId);
  if (properties.has('DeadLetterConfig')) {
    announce(
      plan,
      'Asynchronous invocations, and so the DeadLetterConfig of functions, do not exist',
      logicalId,
    );
  }
}
