import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { localCredentials, startFauxqs } from '../../../../lib/local/engines/index.ts';

it('an object that is too large for the engine is refused in words, not with an answer that cannot be read', async () => {
  await using engine = await startFauxqs({ region: 'us-east-1' });
  const s3 = new S3Client({
    ...{ endpoint: engine.endpoint, region: 'us-east-1', credentials: localCredentials },
    forcePathStyle: true,
  });
  await s3.send(new CreateBucketCommand({ Bucket: 'large' }));
  const put = (bytes: number) =>
    s3.send(new PutObjectCommand({ Bucket: 'large', Key: 'object', Body: Buffer.alloc(bytes) }));
  await put(11 * 1_048_576);
  await expect(put(11 * 1_048_576 + 1)).rejects.toMatchObject({
    name: 'EntityTooLarge',
    message: 'The local cloud takes objects, and parts of objects, of at most 11 MiB.',
  });
  s3.destroy();
}, 30_000);
