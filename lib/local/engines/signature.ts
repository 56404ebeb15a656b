/** Who signed a request, and for what. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  /** The signing name: `sqs`, `dynamodb`, `s3`, … */
  readonly service: string;
}

/** Signing names of the services that fauxqs answers for. */
export const EMULATED_SERVICES: readonly string[] = ['sqs', 's3', 'sns', 'sts'];

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/;

/** Reads the Authorization header of AWS Signature Version 4. */
export function readSignature(authorization: string | undefined): Signature | undefined {
  const [, accessKeyId, region, service] = CREDENTIAL.exec(authorization ?? '') ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined;
  return { accessKeyId, region, service };
}

export function signedService(authorization: string | undefined): string | undefined {
  return readSignature(authorization)?.service;
}

/** The same header, signed by another key. The engines do not check the signature itself. */
export function withAccessKey(authorization: string, accessKeyId: string): string {
  return authorization.replace(/Credential=[^/,\s]+\//, `Credential=${accessKeyId}/`);
}
