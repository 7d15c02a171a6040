import type { FileHandle } from 'node:fs/promises';
import { MAX_LIST_BYTES, openBounded, readAll } from '../read-bounded.ts';
import { FileLines, type NamedLines } from './named-lines.ts';

/** What known_hosts files say. */
export interface KnownHosts extends NamedLines {
  /** Files that are there and could not be read. OpenSSH goes on without them. */
  readonly unreadable: readonly { readonly path: string; readonly cause: unknown }[];
}

const ABSENT = ['ENOENT', 'ENOTDIR'];

/** Reads known_hosts files, in this order. A file that is not there says nothing. */
export async function readKnownHosts(paths: readonly string[]): Promise<KnownHosts> {
  const files: FileLines[] = [];
  const unreadable: { path: string; cause: unknown }[] = [];
  for (const path of paths) {
    try {
      files.push(await linesOf(path));
    } catch (cause) {
      if (!ABSENT.includes(String(Reflect.get(Object(cause), 'code')))) unreadable.push({ path, cause });
    }
  }
  return { named: (name) => files.flatMap((file) => file.named(name)), unreadable };
}

/** Files as they were last read: many connections at once ask the same of the same files. */
const cache = new Map<string, { readonly stamp: string; readonly lines: FileLines }>();
const MAX_FILES = 32;

async function linesOf(path: string): Promise<FileLines> {
  const file = await openBounded(path);
  try {
    const stamp = await stampOf(file);
    const before = cache.get(path);
    if (before && before.stamp === stamp) return before.lines;
    const lines = new FileLines(path, (await readAll(file, MAX_LIST_BYTES)).toString('latin1'));
    cache.delete(path);
    const [oldest] = cache.keys();
    if (oldest !== undefined && cache.size >= MAX_FILES) cache.delete(oldest);
    if (stamp !== undefined) cache.set(path, { stamp, lines });
    return lines;
  } finally {
    await file.close();
  }
}

const SETTLED_MS = 2_000;

/** What is another once a file was changed; `undefined` where that cannot be told, as within the grain of a clock after a change. */
async function stampOf(file: FileHandle): Promise<string | undefined> {
  const found = await file.stat({ bigint: true });
  const isSettled = Math.abs(Date.now() - Number(found.mtimeMs)) > SETTLED_MS;
  if (!found.isFile() || !isSettled) return undefined;
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join();
}
