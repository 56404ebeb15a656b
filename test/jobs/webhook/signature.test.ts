import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { endpointSecret, signatureHeaders } from '../../../lambdas/jobs/webhook/signature.ts';

const root = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const older = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = '{"type":"invoice.paid"}';

function sign({ secrets = [root], tenant }: { secrets?: string[]; tenant?: string } = {}) {
  return signatureHeaders({ id: 'job-1', sentAt: Date.now(), body, secrets, tenant });
}

describe('the signature', () => {
  it('verifies with the reference implementation', () => {
    expect(new Webhook(root).verify(body, sign())).toEqual({ type: 'invoice.paid' });
  });

  it('covers the id, the time and the body', () => {
    const headers = sign();
    expect(() => new Webhook(root).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(root).verify(body, { ...headers, 'webhook-id': 'job-2' })).toThrow();
    const earlier = String(Number(headers['webhook-timestamp']) - 1);
    expect(() => new Webhook(root).verify(body, { ...headers, 'webhook-timestamp': earlier })).toThrow();
  });

  it('verifies with the old and the new secret while one replaces the other', () => {
    const headers = sign({ secrets: [root, older] });
    expect(() => new Webhook(root).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(older).verify(body, headers)).not.toThrow();
  });

  it("verifies with a tenant's own secret, and with no other tenant's", () => {
    const headers = sign({ tenant: 'acme' });
    const secretOf = (tenant: string) => endpointSecret({ root, tenant });
    expect(() => new Webhook(secretOf('acme')).verify(body, headers)).not.toThrow();
    expect(() => new Webhook(secretOf('globex')).verify(body, headers)).toThrow();
    expect(() => new Webhook(root).verify(body, headers)).toThrow();
  });

  it('derives the same secret whether or not the root has its prefix', () => {
    const bare = root.replace('whsec_', '');
    expect(endpointSecret({ root: bare, tenant: 'acme' })).toBe(endpointSecret({ root, tenant: 'acme' }));
  });
});
