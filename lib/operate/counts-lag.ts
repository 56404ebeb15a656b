import { COUNTS_LAG } from './unseen.ts';

/** An address of this machine: of a local cloud, or of an engine in a test. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * How long what a queue counts may lag behind, in milliseconds: not at all where one process on this machine is the queue.
 * The queue's own address says so, and not a variable that may be left of another stack.
 */
export function countsLag({ url }: { readonly url: string }): number {
  return LOOPBACK.test(new URL(url).hostname) ? 0 : COUNTS_LAG;
}
