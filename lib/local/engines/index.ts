// In: a Region, and which platform this is.
// Out: running engines (fauxqs: SQS, S3, SNS, STS; dynoxide: DynamoDB and its streams), each with its endpoint.
// Promises: each is ours, on a port of 127.0.0.1 of its own, and ends with its parent even by `kill -9`.
export { localCredentials } from './credentials.ts';
export { startDynoxide } from './dynoxide.ts';
export { DYNOXIDE_VERSION, dynoxideBinary } from './dynoxide-package.ts';
export type { Engine } from './engine.ts';
export { startFauxqs } from './fauxqs.ts';
export { readSignature, withAccessKey } from './signature.ts';
