import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import { type Clock, Fail, Snooze } from '../../lib/contract/index.ts';
import type { Handler } from '../../lib/worker/index.ts';
import type { exportUserData } from './catalog.ts';
import { type ListedObject, listObjects, objectExists } from './storage/listing.ts';
import { writeChunks } from './storage/multipart-object.ts';
import { readObject, writeObject } from './storage/objects.ts';
import { readAhead } from './storage/read-ahead.ts';

/**
 * The parts of the product that keep data of a user put it under `users/<id>/`, as JSON; the one that knows that all have done so
 * puts this object there last.
 */
const COMPLETE_MARKER = '_complete';

/** How long until we look again for the marker, and until we stop looking. Milliseconds. */
const WAIT = { between: 600_000, atMost: 3 * 86_400_000 } as const;

/** Objects that are read at the same time. */
const READ_AHEAD = 8;

export interface ExportOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly clock: Clock;
}

interface ManifestEntry {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Handles `user-data.export`: gathers the objects of a user into `exports/<job id>/data.ndjson`, one line each, and then writes
 * `exports/<job id>/manifest.json` with their digests. An archive counts once its manifest is there; a second execution writes both
 * again under the same keys.
 *
 * Sources that are not complete yet snooze the job, which costs no attempt, for at most three days; an object that is not JSON fails it.
 */
export function makeExport({ s3, bucket, clock }: ExportOptions): Handler<typeof exportUserData> {
  return async ({ userId }, { id, enqueuedAt, signal, logger }) => {
    const at = (key: string) => ({ s3, bucket, key, signal });
    const prefix = `users/${userId}/`;
    const marker = `${prefix}${COMPLETE_MARKER}`;
    if (!(await objectExists(at(marker)))) throw notComplete(marker, clock.now() - enqueuedAt.getTime());

    const entries: ManifestEntry[] = [];
    const digest = createHash('sha256');
    async function* sources(): AsyncGenerator<ListedObject> {
      for await (const object of listObjects({ s3, bucket, prefix, signal })) {
        if (object.key !== marker) yield object;
      }
    }
    const read = async (object: ListedObject) => {
      return { object, content: await buffer(await readObject(at(object.key))) };
    };
    async function* lines(): AsyncGenerator<Buffer> {
      for await (const { object, content } of readAhead({
        items: sources(),
        work: read,
        width: READ_AHEAD,
      })) {
        const name = object.key.slice(prefix.length);
        const line = lineOf({ name, object, content });
        entries.push({ name, bytes: content.length, sha256: sha256(content) });
        digest.update(line);
        yield line;
      }
    }
    const key = `exports/${id}/data.ndjson`;
    const contentType = 'application/x-ndjson';
    const { bytes } = await writeChunks(at(key), { chunks: lines(), contentType, logger });

    const manifestKey = `exports/${id}/manifest.json`;
    const archive = { key, bytes, sha256: digest.digest('hex') };
    const manifest = { userId, requestedAt: enqueuedAt.toISOString(), archive, objects: entries };
    const body = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeObject(at(manifestKey), { body, contentType: 'application/json' });
    logger.info('user data exported', { manifestKey, objects: entries.length, bytes });
    return { key, manifestKey, objects: entries.length, bytes };
  };
}

function notComplete(marker: string, waited: number): Fail | Snooze {
  if (waited < WAIT.atMost) return new Snooze({ for: WAIT.between });
  return new Fail(`The sources did not write '${marker}' within ${WAIT.atMost / 86_400_000} days`);
}

function lineOf({ name, object, content }: { name: string; object: ListedObject; content: Buffer }): Buffer {
  try {
    const data: unknown = JSON.parse(content.toString('utf8'));
    return Buffer.from(`${JSON.stringify({ name, lastModified: object.lastModified, data })}\n`);
  } catch (cause) {
    // An export that leaves something out without a word is worse than none.
    throw new Fail(`s3://…/${object.key} is not JSON`, { cause });
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
