import * as z from 'zod';
import { defineCatalog, defineJob } from '../../lib/contract/index.ts';

/** The job that both subjects run: a payload of some 300 bytes, checked by the same schema, and a small result. */
export const schema = z.object({
  order: z.number().int(),
  customer: z.string(),
  lines: z.array(z.object({ sku: z.string(), amount: z.number() })),
});

export type Order = z.infer<typeof schema>;

const priceOrder = defineJob({ name: 'order.price', schema, result: z.object({ total: z.number() }) });
export const catalog = defineCatalog([priceOrder]);

export function order(n: number): Order {
  const lines = Array.from({ length: 6 }, (_, i) => ({ sku: `sku-${n}-${i}`, amount: (n * (i + 1)) % 97 }));
  return { order: n, customer: `customer-${n % 50}`, lines };
}

export function price({ lines }: Order): { total: number } {
  return { total: lines.reduce((sum, { amount }) => sum + amount, 0) };
}

export const BATCH = 10;

/** The numbers of the jobs of the batch that begins at `first`. */
export function batchFrom(first: number): number[] {
  return Array.from({ length: BATCH }, (_, i) => first + i);
}
