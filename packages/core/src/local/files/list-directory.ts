import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, type Named, wrongPath } from '../../files/file-errors.ts';
import type { FileInfo } from '../../files.ts';

/** How many entries are looked at side by side. Node has few threads for it; each that waits costs memory. */
const AT_ONCE = 64;

/** What is directly inside a directory, sorted by name. What goes while it is listed is left out. */
export async function listDirectory(directory: string, named: Named, signal: AbortSignal | undefined): Promise<FileInfo[]> {
  const names = (await namesIn(directory, named)).sort();
  const infos: (FileInfo | undefined)[] = Array.from(names, () => undefined);
  const left = names.entries();
  const work = async (): Promise<void> => {
    for (const [index, name] of left) {
      signal?.throwIfAborted();
      infos[index] = await infoUnlessGone(join(directory, name));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length) }, work));
  return infos.filter((info) => info !== undefined);
}

async function namesIn(directory: string, named: Named): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const isThere = codeOf(error) === 'ENOTDIR' && (await lstat(directory).catch(() => undefined));
    throw isThere ? wrongPath(named, 'is no directory', 'a directory') : error;
  }
}

async function infoUnlessGone(file: string): Promise<FileInfo | undefined> {
  try {
    return toInfo(file, await lstat(file));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What the kernel tells of a file, as callers get it. */
export function toInfo(path: string, stats: Stats): FileInfo {
  const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'other';
  return { name: basename(path), path, type, sizeBytes: stats.size, mode: stats.mode & 0o7777, modifiedAt: stats.mtime };
}
