import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figures } from '../harness/row.ts';
import { percentile } from '../harness/statistics.ts';

/** How a bash does that Python's pexpect drives. None, and a word on stderr, where either is missing. */
export async function pexpectBash(n: number): Promise<Figures[]> {
  try {
    const { stdout } = await promisify(execFile)('python3', [join(import.meta.dirname, 'pexpect-bash.py'), String(n)]);
    const latencies = stdout.trim().split('\n').map(Number);
    const totalMs = latencies.reduce((sum, latency) => sum + latency, 0);
    return [
      {
        subject: 'pexpect, bash',
        n,
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        perSecond: (n / totalMs) * 1000,
      },
    ];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 3) throw error;
    process.stderr.write('No python3 with pexpect: its row is left out\n');
    return [];
  }
}
