/**
 * What every client of the local cloud signs with; no engine checks the signature.
 * Letters and digits only, and one key for all: DynamoDB Local refuses others and keeps separate tables for each key.
 */
export const localCredentials = {
  accessKeyId: 'millrace',
  secretAccessKey: 'millrace',
} as const;
