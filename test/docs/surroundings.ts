/**
 * What the pages' fragments leave out, as ambient declarations: the reader's own services and values. Whatever Millrace
 * exports has to stand in the fragment itself, imports included.
 */
export const SURROUNDINGS = `
type App = import('aws-cdk-lib').App;
declare const app: App;
declare const account: string;
declare const apiFunction: import('aws-cdk-lib/aws-lambda').Function;
declare const adminFunction: import('aws-cdk-lib/aws-lambda').Function;
declare const bucket: import('aws-cdk-lib/aws-s3').Bucket;

interface MailService {
  send(mail: { orderId: string; idempotencyKey: string; signal: AbortSignal }): Promise<{ messageId: string }>;
}
declare const s3: import('@aws-sdk/client-s3').S3Client;
declare const marker: string;
declare function objectExists(key: string): Promise<boolean>;
declare const enqueuedAt: Date;
declare const body: string;
declare const headers: Record<string, string>;

type Jobs = typeof import('../../lambdas/jobs/catalog.ts')['catalog'];
declare const client: import('../../lib/client/index.ts').MillraceClient<Jobs>;
declare const millrace: import('../../lib/constructs/index.ts').Millrace<Jobs>;
`;
