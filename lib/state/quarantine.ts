import { count, filled, optional, RecordUnreadableError, readFields, text, time } from './fields.ts';
import { type Item, toItem } from './record.ts';
import { deadShard } from './settle.ts';

/** A message that no code of ours could read, as it was filed. */
export interface QuarantinedMessage {
  /** The SQS message's id. */
  readonly messageId: string;
  /** The ARN of the dead-letter queue that it was found in. */
  readonly source: string;
  readonly body: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  readonly quarantinedAt: number;
  readonly tenant?: string;
}

/** A DynamoDB item has at most 400 KB; an SQS message up to 1 MiB of text: what does not fit goes into further items. */
const PART_CHARACTERS = 90_000;
const HEAD = 'message';

function partKey(number: number): string {
  return `body#${number}`;
}

/** The partition of a quarantined message. */
export function quarantineKey(messageId: string): string {
  return `quarantine#${messageId}`;
}

/** The items of a quarantined message; the first one is listed, the others carry the rest of a large body. */
export function quarantineItems(message: QuarantinedMessage, retention: number): Item[] {
  const { messageId, body, quarantinedAt, reason, ...rest } = message;
  const pk = quarantineKey(messageId);
  const expiresAt = Math.ceil((quarantinedAt + retention) / 1000);
  const parts = inParts(body);
  const [first = '', ...more] = parts;
  const head = {
    pk,
    sk: HEAD,
    ...rest,
    messageId,
    reason: reason.toWellFormed(),
    body: first,
    bodyParts: parts.length,
    quarantinedAt,
    expiresAt,
  };
  const listed = { ...head, deadShard: deadShard('quarantined', messageId), deadAt: quarantinedAt };
  return [
    ...more.map((text, i) => toItem({ pk, sk: partKey(i + 1), body: text, expiresAt })),
    toItem(listed),
  ];
}

/** Cut between characters: half of one is no text to DynamoDB. */
function inParts(body: string): string[] {
  const parts: string[] = [];
  let at = 0;
  do {
    const end = at + PART_CHARACTERS;
    const splits = end < body.length && /[\ud800-\udbff]/.test(body.charAt(end - 1));
    parts.push(body.slice(at, splits ? end - 1 : end).toWellFormed());
    at = splits ? end - 1 : end;
  } while (at < body.length);
  return parts;
}

const FIELDS = {
  ...{ messageId: filled, source: text, body: text, reason: text, sentAt: time, quarantinedAt: time },
  ...{ tenant: optional(text), bodyParts: count },
};

/**
 * The message that one item shows: of a large body, its beginning.
 *
 * @throws {RecordUnreadableError} when the item is not as Millrace writes it
 */
export function readQuarantined(item: Item): QuarantinedMessage & { readonly bodyParts: number } {
  const pk = item['pk']?.S ?? '';
  return readFields(item, FIELDS, pk) as QuarantinedMessage & { bodyParts: number };
}

/**
 * The message of all its items, its body whole; undefined where none of them lists it.
 *
 * @throws {RecordUnreadableError} when they are not as Millrace writes them, or one of them is gone
 */
export function readWholeQuarantined(items: readonly Item[]): QuarantinedMessage | undefined {
  const head = items.find(({ sk }) => sk?.S === HEAD);
  if (!head) return undefined;
  const { bodyParts, body, ...message } = readQuarantined(head);
  const more = Array.from({ length: bodyParts - 1 }, (_, i) => {
    const part = items.find(({ sk }) => sk?.S === partKey(i + 1))?.['body']?.S;
    if (part !== undefined) return part;
    throw new RecordUnreadableError({ id: message.messageId, problems: [`${partKey(i + 1)} is missing`] });
  });
  return { ...message, body: [body, ...more].join('') };
}
