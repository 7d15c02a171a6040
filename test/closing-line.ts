import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Closes a test run with one plain line, `12 passed, 0 failed, 1 skipped`, for whoever reads the log by machine. A file that
 * could not be loaded and an error outside of any test count as failures: a run that fails never reads as `0 failed`.
 */
class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const before = counts.failed;
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      if (!module.ok() && counts.failed === before) counts.failed += 1;
    }
    const unfinished = counts.skipped + counts.pending;
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${unfinished > 0 ? `, ${unfinished} skipped` : ''}\n`);
  }
}

// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default ClosingLine;
