import type { DynamoDBRecord } from 'aws-lambda';
import type { LoggerFactory } from '../observe/index.ts';
import { RecordUnreadableError } from '../state/index.ts';

/** How long what has another way holds up the changes behind it in the stream, in milliseconds. */
const PATIENCE = 300_000;

/** Whether a change has held up those behind it for long enough. The stream says when it came, to the second. */
export function isOld({ dynamodb }: DynamoDBRecord, now: number): boolean {
  const seconds = dynamodb?.ApproximateCreationDateTime;
  return seconds !== undefined && now - seconds * 1000 >= PATIENCE;
}

/**
 * Does what a change asks for besides a dispatch. The stream tries a change for almost a day; where EventBridge Scheduler
 * does not answer for so long, say, the jobs behind it are not to wait: the sweeper asks again, or nothing needs it.
 */
export async function forAWhile(
  { old, logger }: { readonly old: boolean; readonly logger: LoggerFactory },
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!old || error instanceof RecordUnreadableError) throw error;
    logger.error('change given up', { error_message: String(error) });
  }
}
