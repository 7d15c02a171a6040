import type { Usage } from '../quota.ts';
import type { ExecResult } from '../result.ts';

/** What a command used, by its result. */
export function usageOf({ outcome, stdout, stderr, timings, usage }: ExecResult): Usage {
  return {
    outcome,
    wallMs: timings.runMs,
    outputBytes: stdout.totalBytes + stderr.totalBytes,
    ...(usage?.cpuMs !== undefined && { cpuMs: usage.cpuMs }),
  };
}
