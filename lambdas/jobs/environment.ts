import { type Environment, EnvironmentError } from '../../lib/contract/index.ts';

/** The environment variables that these jobs read, beside Millrace's own. The stack sets them by these names. */
export const JOBS_ENV = {
  /** The bucket that inputs are read from and files are written to. */
  bucket: 'REPORTS_BUCKET',
  /** One or more root secrets in the Standard Webhooks form, newest first, separated by spaces. */
  webhookSecret: 'WEBHOOK_SECRET',
  /** `true` lets webhooks go to loopback and private addresses: for development only. */
  webhookAllowPrivate: 'WEBHOOK_ALLOW_PRIVATE',
} as const;

export interface JobsEnvironment {
  readonly bucket: string;
  readonly webhookSecrets: readonly string[];
  readonly webhookAllowPrivate: boolean;
}

/** Standard Webhooks: a signing secret has 24 to 64 bytes. */
const SECRET_BYTES = { min: 24, max: 64 } as const;

/**
 * Reads the variables all at once, so that one error names everything that is wrong. Values of secrets are never shown.
 *
 * @throws {EnvironmentError} naming each variable that is missing or cannot be read
 */
export function readJobsEnvironment(env: Environment): JobsEnvironment {
  const problems: string[] = [];
  const bucket = env[JOBS_ENV.bucket] ?? '';
  if (bucket === '') problems.push(`${JOBS_ENV.bucket} is not set (the name of an S3 bucket)`);

  const webhookSecrets = (env[JOBS_ENV.webhookSecret] ?? '').split(' ').filter((secret) => secret !== '');
  if (webhookSecrets.length === 0) problems.push(`${JOBS_ENV.webhookSecret} is not set`);
  for (const [index, secret] of webhookSecrets.entries()) {
    if (!isSecret(secret))
      problems.push(`${JOBS_ENV.webhookSecret}: secret ${index + 1} is not of that form`);
  }

  const allowPrivate = env[JOBS_ENV.webhookAllowPrivate] ?? 'false';
  if (allowPrivate !== 'true' && allowPrivate !== 'false') {
    problems.push(`${JOBS_ENV.webhookAllowPrivate} is neither 'true' nor 'false'`);
  }
  if (problems.length === 0) return { bucket, webhookSecrets, webhookAllowPrivate: allowPrivate === 'true' };
  throw new EnvironmentError({
    what: 'The environment of the jobs is not complete',
    got: problems.join('; '),
    expected: `a bucket name in ${JOBS_ENV.bucket}, and in ${JOBS_ENV.webhookSecret} 'whsec_' and ${SECRET_BYTES.min} to ${SECRET_BYTES.max} bytes in base64`,
    fix: 'set them on the worker function; `openssl rand -base64 32` makes a secret',
    context: { problems },
  });
}

function isSecret(secret: string): boolean {
  const base64 = secret.replace(/^whsec_/, '');
  const bytes = Buffer.from(base64, 'base64');
  // Buffer skips what it cannot decode: only the way back shows that everything was.
  const intact = bytes.toString('base64') === base64;
  return intact && bytes.length >= SECRET_BYTES.min && bytes.length <= SECRET_BYTES.max;
}
