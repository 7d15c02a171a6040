import { randomBytes } from 'node:crypto';
import { chmod, mkdir, opendir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { about, codeOf, type Named, noDirectoryFor, occupied } from '../../files/file-errors.ts';
import { joinBytes } from './join-bytes.ts';
import { linkTarget } from './link-target.ts';

/**
 * Has a directory filled beside where it is to be, and renamed into that place, so that it is there whole or not at all. Nothing may be
 * there but an empty directory. A symbolic link stays: what it leads to is made.
 */
export function placeTree(
  directory: string,
  named: Named,
  signal: AbortSignal | undefined,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  return about(named, async () => {
    const target = await linkTarget(directory);
    const isThere = await isEmptyDirectory(target, named);
    signal?.throwIfAborted();
    const temporary = join(dirname(target), `.errand-${randomBytes(8).toString('hex')}.tmp`);
    await create(temporary, named);
    try {
      await fill(temporary);
      signal?.throwIfAborted();
      // Windows renames over nothing that is there.
      if (isThere && process.platform === 'win32') await rmdir(target);
      await rename(temporary, target);
    } catch (error) {
      await removeTree(temporary);
      throw ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '') ? occupied(named) : error;
    }
  });
}

/** Private until it is whole. */
async function create(temporary: string, named: Named): Promise<void> {
  try {
    await mkdir(temporary, 0o700);
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? noDirectoryFor(named, error) : error;
  }
}

/** False where nothing is. */
async function isEmptyDirectory(path: string, named: Named): Promise<boolean> {
  try {
    const directory = await opendir(path);
    try {
      if (await directory.read()) throw occupied(named);
    } finally {
      await directory.close();
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw codeOf(error) === 'ENOTDIR' ? occupied(named) : error;
  }
}

/** Also what its owner may not write to, which may be so already. */
async function removeTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true });
  } catch {
    await open(Buffer.from(directory));
    await rm(directory, { recursive: true, force: true });
  }

  async function open(path: Buffer): Promise<void> {
    await chmod(path, 0o700);
    for (const entry of await readdir(path, { encoding: 'buffer', withFileTypes: true })) {
      if (entry.isDirectory()) await open(joinBytes(path, entry.name));
    }
  }
}
