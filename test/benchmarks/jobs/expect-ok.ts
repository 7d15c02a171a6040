import type { ExecResult } from '@errand/core';

/** A command that failed measures nothing. */
export function expectOk(result: ExecResult): void {
  if (!result.ok) throw new Error(`${result.outcome}: ${result.reason ?? result.exitCode}`);
}
