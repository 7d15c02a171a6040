import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { about, codeOf, type Named, noDirectoryFor } from '../../files/file-errors.ts';
import type { WriteOptions } from '../../files.ts';
import { linkTarget } from './link-target.ts';
import { refuseUnlessRegular } from './open-regular.ts';

/**
 * Writes beside the file and renames over it, so that a reader sees the old content or the new, and a failure changes
 * nothing. A symbolic link stays: what it leads to is replaced.
 */
export function replaceFile(
  file: string,
  named: Named,
  { mode, signal }: WriteOptions,
  writeContent: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  return about(named, async () => {
    const target = await linkTarget(file);
    const existing = await statIfThere(target);
    if (existing) refuseUnlessRegular(existing, named);
    signal?.throwIfAborted();
    // Its name does not grow with the file's, which may be as long as names can be.
    const temporary = join(dirname(target), `.errand-${randomBytes(8).toString('hex')}.tmp`);
    // Never more open than the file will be: what is private is so from its first byte.
    const handle = await create(temporary, existing ? permissions(existing) : (mode ?? 0o644), named);
    try {
      try {
        await writeContent(handle);
        if (existing) await keepOwner(handle, existing);
        const wanted = existing ? permissions(existing) : mode;
        if (wanted !== undefined) await handle.chmod(wanted);
        // After a crash the name must not stand for an empty file.
        await handle.sync();
      } finally {
        await handle.close();
      }
      signal?.throwIfAborted();
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/** `wx`: never through somebody else's file or link of that name. */
async function create(temporary: string, mode: number, named: Named): Promise<FileHandle> {
  try {
    return await open(temporary, 'wx', mode);
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? noDirectoryFor(named, error) : error;
  }
}

async function statIfThere(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function permissions(stats: Stats): number {
  return stats.mode & 0o777;
}

/** Who may give files away does so; for others the file becomes theirs, as with any file that is replaced. */
async function keepOwner(handle: FileHandle, { uid, gid }: Stats): Promise<void> {
  const own = await handle.stat();
  if (own.uid === uid && own.gid === gid) return;
  try {
    await handle.chown(uid, gid);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
  }
}
