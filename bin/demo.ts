// Runs the example jobs on the synthesised stack, on this machine, and checks its own sums.
import { fileURLToPath } from 'node:url';
import { runDemo } from '../demo/run.ts';
import { explain } from '../lib/cli/index.ts';

const controller = new AbortController();
// A second one ends the process at once, as without us.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());

const directory = fileURLToPath(new URL('..', import.meta.url));
try {
  const ok = await runDemo({ directory, signal: controller.signal });
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  if (!controller.signal.aborted) console.error(explain(error));
  process.exitCode = controller.signal.aborted ? 130 : 1;
}
