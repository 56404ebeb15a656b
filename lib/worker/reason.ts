import { describeThrown } from '../contract/index.ts';

/** An error as fields of a log line. */
export function reason(error: unknown): { error_name: string; error_message: string } {
  const { name, message } = describeThrown(error);
  return { error_name: name, error_message: message };
}
