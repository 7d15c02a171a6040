import { execFileSync } from 'node:child_process';
import { vi } from 'vitest';

/** Pids of a process, its children, and theirs. */
export function withDescendants(pid: number): number[] {
  const found = [pid];
  const processes = living();
  // The list grows while it is walked.
  for (const of of found) found.push(...processes.flatMap((other) => (other.parent === of ? [other.pid] : [])));
  return found;
}

/** Waits until none of these is left; whoever is after the time is killed. */
export async function untilGone(pids: readonly number[], boundMs: number): Promise<void> {
  const left = (): number[] => living().flatMap(({ pid }) => (pids.includes(pid) ? [pid] : []));
  try {
    await vi.waitUntil(() => left().length === 0, { timeout: boundMs });
  } finally {
    for (const pid of left()) process.kill(pid, 'SIGKILL');
  }
}

/** All processes but zombies, which some machines' init leaves lying. */
function living(): { pid: number; parent: number }[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+[^Z]/.exec(row))
    .flatMap((found) => (found ? [{ pid: Number(found[1]), parent: Number(found[2]) }] : []))
    .filter(({ pid }) => pid > 1);
}
