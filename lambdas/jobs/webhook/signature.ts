import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export interface SignatureOptions {
  /** The message's id, the same on each attempt, so that a receiver can drop what it has seen. */
  readonly id: string;
  /** When this attempt is sent: milliseconds since the epoch. */
  readonly sentAt: number;
  readonly body: string;
  /** Root secrets, newest first. More than one while a secret is being replaced: a receiver accepts any of them. */
  readonly secrets: readonly string[];
  readonly tenant: string | undefined;
}

/** The three headers of the Standard Webhooks scheme (https://www.standardwebhooks.com). */
export function signatureHeaders(options: SignatureOptions): Record<string, string> {
  const { id, sentAt, body, secrets, tenant } = options;
  const at = new Date(sentAt);
  const signatures = secrets.map((root) => new Webhook(endpointSecret({ root, tenant })).sign(id, at, body));
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}

/**
 * The secret that a receiver verifies with: what a customer is shown. Each tenant has one of its own, derived from the
 * root, because with a shared one any customer could sign events to any other. Without a tenant it is the root itself.
 */
export function endpointSecret({ root, tenant }: { root: string; tenant: string | undefined }): string {
  if (tenant === undefined) return root;
  const key = Buffer.from(root.replace(/^whsec_/, ''), 'base64');
  return `whsec_${createHmac('sha256', key).update(`webhook\n${tenant}`).digest('base64')}`;
}
