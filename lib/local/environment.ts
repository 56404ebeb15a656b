import { localCredentials } from './engines/index.ts';

/** Where the engines answer. */
export interface EngineEndpoints {
  /** SQS, S3, SNS and STS. */
  readonly fauxqs: string;
  /** DynamoDB and its streams. */
  readonly dynamodb: string;
}

/** Where everything that is emulated answers. */
export interface Endpoints extends EngineEndpoints {
  /** Lambda's API, as far as event source mappings go. */
  readonly lambda: string;
  /** EventBridge Scheduler. */
  readonly scheduler: string;
}

export interface AwsEnvironmentOptions {
  readonly endpoints: Endpoints;
  readonly region: string;
  /** @default - that of every client of the local cloud */
  readonly accessKeyId?: string;
}

/**
 * What points an unmodified AWS SDK at the local cloud. Every endpoint is an IP address, for which the SDKs use
 * path-style S3 requests by themselves.
 *
 * `AWS_ENDPOINT_URL` catches the clients of all other services: they get an error that says so, not the real AWS.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function awsEnvironment(options: AwsEnvironmentOptions): Record<string, string> {
  const { endpoints, region, accessKeyId = localCredentials.accessKeyId } = options;
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_ENDPOINT_URL: endpoints.fauxqs,
    AWS_ENDPOINT_URL_SQS: endpoints.fauxqs,
    AWS_ENDPOINT_URL_S3: endpoints.fauxqs,
    AWS_ENDPOINT_URL_SNS: endpoints.fauxqs,
    AWS_ENDPOINT_URL_STS: endpoints.fauxqs,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
    AWS_ENDPOINT_URL_SCHEDULER: endpoints.scheduler,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoints.dynamodb,
  };
}

/** Outputs whose names begin so are variables of the client's environment. */
const OUTPUT_PREFIX = 'Millrace';

/** `MillraceTableName` becomes `MILLRACE_TABLE_NAME`; other outputs are not part of the environment. */
export function outputEnvironment(
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Record<string, string> {
  const entries = Object.values(outputs).flatMap((ofStack) => Object.entries(ofStack));
  return Object.fromEntries(
    entries
      .filter(([name]) => name.startsWith(OUTPUT_PREFIX))
      .map(([name, value]) => [upperSnakeCase(name), value]),
  );
}

function upperSnakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase();
}
