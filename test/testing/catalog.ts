import * as z from 'zod';
import { defineCatalog, defineJob } from '../../lib/contract/index.ts';
import { createTestMillrace, type TestMillrace, type TestMillraceOptions } from '../../lib/testing/index.ts';
import type { Handlers } from '../../lib/worker/index.ts';

export const sendReceipt = defineJob({
  name: 'receipt.send',
  schema: z.object({ orderId: z.string(), copies: z.number().default(1) }),
  result: z.object({ messageId: z.string() }),
  retry: { maxAttempts: 3, backoff: { base: '1m', cap: '10m' } },
  timeout: '30s',
  version: 2,
  upcast: { 1: (old) => ({ orderId: (old as { order: string }).order }) },
});

export const askForReview = defineJob({
  name: 'review.ask',
  schema: z.object({ orderId: z.string() }),
  priority: 'low',
  pool: 'slow',
});

export const catalog = defineCatalog([sendReceipt, askForReview]);

/** Handlers that do nothing but succeed, where a test gives none of its own. */
export function handlersWith(own: Partial<Handlers<typeof catalog>> = {}): Handlers<typeof catalog> {
  return {
    'receipt.send': async ({ orderId }) => ({ messageId: `receipt of ${orderId}` }),
    'review.ask': async () => undefined,
    ...own,
  };
}

type Options = Omit<TestMillraceOptions<typeof catalog>, 'catalog' | 'handlers'>;

export function millraceWith(
  own: Partial<Handlers<typeof catalog>> = {},
  options: Options = {},
): Promise<TestMillrace<typeof catalog>> {
  return createTestMillrace({ catalog, handlers: handlersWith(own), ...options });
}

/** Throws until the given attempt. */
export function failingUntil(attempt: number): Handlers<typeof catalog>['receipt.send'] {
  return async ({ orderId }, context) => {
    if (context.attempt < attempt) throw new Error(`no mail server at attempt ${context.attempt}`);
    return { messageId: `receipt of ${orderId}` };
  };
}
