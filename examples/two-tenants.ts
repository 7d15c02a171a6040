// Two tenants share one machine: ci floods the queue with 60 commands, and alice comes later with 5 of her own.
import { localExecutor, queued } from '@errand/core';

await using executor = queued(localExecutor(), { concurrency: 2 });

const work = 'sleep 0.05';
const waits: Record<string, number[]> = { ci: [], alice: [] };

async function submit(tenant: string): Promise<void> {
  const { timings } = await executor.exec(work, { tenant });
  waits[tenant]?.push(timings.queuedMs);
}

const flood = Array.from({ length: 60 }, () => submit('ci'));
await new Promise((resolve) => setTimeout(resolve, 100));
const own = Array.from({ length: 5 }, () => submit('alice'));
await Promise.all([...flood, ...own]);

console.log('tenant  commands  median wait  longest wait');
for (const [tenant, ms] of Object.entries(waits)) {
  const sorted = ms.toSorted((a, b) => a - b);
  const cells = [
    tenant.padEnd(6),
    String(ms.length).padStart(8),
    inMs(sorted[ms.length >> 1]).padStart(11),
    inMs(sorted.at(-1)).padStart(12),
  ];
  console.log(cells.join('  '));
}

function inMs(ms = 0): string {
  return `${Math.round(ms)} ms`;
}
