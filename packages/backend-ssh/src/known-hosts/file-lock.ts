import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A lock is held for the time of a read and a write: one that is this old belongs to a process that died. */
const STALE_MS = 10_000;
const RETRY_MS = 15;
/** Then the action runs without the lock. */
const PATIENCE_MS = 30_000;

const queues = new Map<string, Promise<unknown>>();

/**
 * Runs an action while no other does that takes the same path as its lock, in this process or in another. Where no lock can be had
 * (a directory that may not be written, somebody who holds it for ever) the action runs without: whoever uses this loses nothing by it.
 */
export async function withFileLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  // Within the process they wait in line, which is fair and asks the file system nothing.
  const before = queues.get(path);
  const run = Promise.resolve(before).then(() => locked(path, action));
  const settled = run.catch(() => {});
  queues.set(path, settled);
  try {
    return await run;
  } finally {
    if (queues.get(path) === settled) queues.delete(path);
  }
}

async function locked<T>(path: string, action: () => Promise<T>): Promise<T> {
  const token = randomUUID();
  const holds = await acquire(path, token);
  try {
    return await action();
  } finally {
    if (holds && (await readFile(path, 'utf8').catch(() => '')) === token) await unlink(path).catch(() => {});
  }
}

async function acquire(path: string, token: string): Promise<boolean> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await delay(RETRY_MS)) {
    try {
      await writeFile(path, token, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) return false;
    }
    if (await isStale(path)) await takeAway(path, `${path}.${token}`);
  }
  return false;
}

/** A lock from the future is as odd as an old one: the clock was set back. */
async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Math.abs(Date.now() - found.mtimeMs) > STALE_MS;
}

/** Moved before it is removed: of two processes that found it stale, the second may hold the lock that the first has made since. */
async function takeAway(path: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
    if (!(await isStale(aside))) await link(aside, path);
  } catch {
    // Somebody was faster.
  }
  await unlink(aside).catch(() => {});
}
