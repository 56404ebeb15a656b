/**
 * Works on several items at a time and yields what comes of them in the items' order, so that the way to S3 is waited for
 * once, and not once an item. Holds at most `width` results.
 */
export async function* readAhead<T, R>({
  items,
  work,
  width,
}: {
  items: AsyncIterable<T>;
  work: (item: T) => Promise<R>;
  width: number;
}): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Its turn may never come, when one before it fails; an error that nobody waits for would end the process.
    result.catch(() => undefined);
    started.push(result);
    const first = started.length >= width ? started.shift() : undefined;
    if (first) yield await first;
  }
  for (const result of started) yield await result;
}
