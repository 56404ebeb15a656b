import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with the line `12 passed, 0 failed, 3 skipped`, plain and alone: for machines that read the output. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state);
      for (const state of states) count[state] += 1;
      // A file that does not load, or whose hook throws, fails without a test that does.
      if (module.state() === 'failed' && !states.includes('failed')) count.failed += 1;
    }
    const skipped = count.skipped + count.pending;
    const parts = [`${count.passed} passed`, `${count.failed} failed`];
    if (skipped > 0) parts.push(`${skipped} skipped`);
    process.stdout.write(`\n${parts.join(', ')}\n`);
  }
}
