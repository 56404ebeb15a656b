import { readdirSync, readFileSync } from 'node:fs';
import { millraceWith } from './catalog.ts';

// A program that uses a test Millrace and is done: it prints what became of it, and ends by itself.
const millrace = await millraceWith();
const job = await millrace.client.enqueue('receipt.send', { orderId: '42' });
const { status } = await millrace.client.wait(job);
const engine = readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isOurEngine(pid));
await millrace[Symbol.asyncDispose]();
console.log(JSON.stringify({ succeeded: status === 'succeeded', engine: Number(engine) }));

function isOurEngine(pid: string): boolean {
  try {
    const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
    return (
      parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('dynoxide')
    );
  } catch {
    // It ended meanwhile.
    return false;
  }
}
