import { S3Client } from '@aws-sdk/client-s3';
import { type Environment, systemClock } from '../../lib/contract/index.ts';
import type { Handlers } from '../../lib/worker/index.ts';
import { makeBuild } from './build-report.ts';
import type { catalog } from './catalog.ts';
import { makeDeliver } from './deliver-webhook.ts';
import { readJobsEnvironment } from './environment.ts';
import { makeExport } from './export-user-data.ts';

/**
 * The handlers, with one S3 client for all of them.
 *
 * @throws {EnvironmentError} when a variable of `JOBS_ENV` is missing or cannot be read
 */
export function bindHandlers(env: Environment): Handlers<typeof catalog> {
  const { bucket, webhookSecrets, webhookAllowPrivate } = readJobsEnvironment(env);
  const s3 = new S3Client({});
  const clock = systemClock;
  return {
    'webhook.deliver': makeDeliver({ secrets: webhookSecrets, allowPrivate: webhookAllowPrivate, clock }),
    'report.build': makeBuild({ s3, bucket }),
    'user-data.export': makeExport({ s3, bucket, clock }),
  };
}
