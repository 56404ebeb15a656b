import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with the line `12 passed, 0 failed, 3 skipped`, plain and alone: for machines that read the output. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      // A file that could not be loaded has no tests to fail.
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    const skipped = count.skipped + count.pending;
    const parts = [
      `${count.passed} passed`,
      `${count.failed} failed`,
      ...(skipped ? [`${skipped} skipped`] : []),
    ];
    process.stdout.write(`\n${parts.join(', ')}\n`);
  }
}
