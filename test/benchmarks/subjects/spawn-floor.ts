import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figures } from '../harness/row.ts';
import { percentile } from '../harness/statistics.ts';

const execFileAsync = promisify(execFile);

/** What a C program does in a posix_spawn loop: no library can be faster. None, and a word on stderr, where there is no C compiler. */
export async function spawnFloor(n: number, width: number): Promise<Figures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'errand-floor-'));
  try {
    const binary = join(folder, 'posix-spawn');
    await execFileAsync('cc', ['-O2', '-o', binary, join(import.meta.dirname, 'posix-spawn.c')]);
    const { stdout } = await execFileAsync(binary, [String(n), String(width)], { maxBuffer: 64 * 2 ** 20 });
    const [totalMs = Number.NaN, ...latencies] = stdout.trim().split('\n').map(Number);
    return [
      {
        subject: 'C posix_spawn',
        n,
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        perSecond: (n / totalMs) * 1000,
      },
    ];
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    process.stderr.write('No C compiler (cc): the row of C posix_spawn is left out\n');
    return [];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
