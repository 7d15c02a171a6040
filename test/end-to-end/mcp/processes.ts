import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A temporary directory that goes with the test. */
export async function temporaryDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'errand-mcp-'));
  return { path, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true, force: true }) };
}

/** A command with a child in its group and one in a session of its own, and which writes the pids of all to `file`. */
export function strayingScript(file: string): string {
  const tell = `echo $$ >>${file}; exec sleep 3600`;
  return `sh -c '${tell}' & setsid sh -c '${tell}' & ${tell}`;
}

/** How many processes a straying script has told of when all of it runs. */
export const STRAYING_PROCESSES = 3;

/** Waits until `file` has so many lines, and gives them as pids. */
export async function pidsIn(file: string, count: number): Promise<number[]> {
  let pids: number[] = [];
  await poll(`${count} pids in ${file}`, 10_000, async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
    pids = text.trim().split('\n').filter(Boolean).map(Number);
    return pids.length >= count;
  });
  return pids;
}

/** Whether this process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** Waits until none of these processes runs: at most as long as a cancelled command may take. */
export async function allGone(pids: readonly number[], boundMs = 6_000): Promise<void> {
  await poll(`the end of ${pids.join(', ')}`, boundMs, () => !pids.some(isAlive));
}

/** @throws Error that says what did not become true within `boundMs`. */
export async function poll(what: string, boundMs: number, look: () => boolean | Promise<boolean>): Promise<void> {
  const bound = performance.now() + boundMs;
  while (!(await look())) {
    if (performance.now() > bound) throw new Error(`${what}: not within ${boundMs} ms.`);
    await delay(40);
  }
}
