import { readdirSync, readFileSync } from 'node:fs';
import { localExecutor, type Session } from '@errand/core';
import { peakGrowthMib } from '../harness/memory.ts';
import { expectOk } from './expect-ok.ts';

export interface SessionsMemory {
  /** Growth of this process, in MiB. */
  readonly clientMib: number;
  /** What their processes have for themselves and their share of what they have together (PSS), in MiB. */
  readonly shellsMib: number;
}

/** Opens n sessions, each with a command behind it; called in a process of its own. */
export async function openSessions(n: number): Promise<SessionsMemory> {
  const executor = localExecutor();
  await (await executor.openSession()).close();
  const sessions: Session[] = [];
  const clientMib = await peakGrowthMib(async () => {
    while (sessions.length < n) {
      const opened = await Promise.all(Array.from({ length: Math.min(20, n - sessions.length) }, () => executor.openSession()));
      sessions.push(...opened);
    }
    for (const session of sessions) expectOk(await session.exec('echo on'));
    globalThis.gc?.();
  });
  const shellsMib = descendants(process.pid).reduce((sum, pid) => sum + pssKib(pid), 0) / 1024;
  await executor.close();
  return { clientMib, shellsMib };
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(name));
  }
  const found = new Set([root]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return [...found];
}

function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1]);
  } catch {
    return 0;
  }
}

function pssKib(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
