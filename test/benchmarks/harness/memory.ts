import { readFileSync, writeFileSync } from 'node:fs';

const mib = 2 ** 20;

/**
 * Runs something and tells by how many MiB the peak of this process's resident memory rose above what it had at the start. On
 * Linux the peak is reset first; elsewhere a peak from before counts, so call it early in the process.
 */
export async function peakGrowthMib(run: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss() / mib;
  resetPeak();
  await run();
  return Math.max(0, peakMib() - before);
}

function resetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

function peakMib(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kib) / 1024;
}
