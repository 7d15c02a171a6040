import { lstat, rename } from 'node:fs/promises';
import { codeOf, type Named, toFileError, wrongPath } from '../../files/file-errors.ts';

/** Renames, and on a fault says which of the two it is about. */
export async function renamePath(from: string, to: string, source: Named, target: Named): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const there = await lstat(from).catch(() => undefined);
    if (!there) throw toFileError(error, source);
    if (codeOf(error) === 'ENOTDIR' && (await lstat(to).catch(() => undefined)))
      throw wrongPath(target, 'is no directory', 'a directory that is empty, or a path where nothing is, for a directory');
    throw toFileError(error, target);
  }
}
