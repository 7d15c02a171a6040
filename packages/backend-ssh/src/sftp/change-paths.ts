import { posix } from 'node:path';
import { notSupported } from '@errand/core/checks';
import { type Named, toFileError, wrongPath } from '@errand/core/files';
import type { SftpSession } from '../sftp-client.ts';
import { typeOf } from './file-modes.ts';
import { attributesOf } from './look-at.ts';
import { about, isFailure, unlessMissing } from './sftp-faults.ts';

/** A file as the server has it, and as the caller named it. */
interface Place {
  readonly file: string;
  readonly named: Named;
}

/** Renames over a file, or a directory over an empty one. */
export async function renamePath(sftp: SftpSession, from: Place, to: Place): Promise<void> {
  const source = typeOf(await sftp.lstat(from.file));
  if (from.file === to.file) return;
  if (source === 'directory' && `${to.file}/`.startsWith(`${from.file}/`)) throw fault('EINVAL', to.named);
  const there = await about(to.named, () => unlessMissing(sftp.lstat(to.file)));
  if (there && source === 'directory' && typeOf(there) !== 'directory')
    throw wrongPath(to.named, 'is no directory', 'a directory that is empty, or a path where nothing is, for a directory');
  if (there && source !== 'directory' && typeOf(there) === 'directory') throw fault('EISDIR', to.named);
  try {
    if (await sftp.replace(from.file, to.file)) return;
    if (there) throw noReplacing();
    await sftp.rename(from.file, to.file);
  } catch (error) {
    if (isFailure(error) && there && (await holdsSomething(sftp, to.file))) throw fault('ENOTEMPTY', to.named);
    await about(to.named, () => Promise.reject(error));
  }
}

/** Nothing pretends: without this extension the old file would have to go before the new one comes. */
export function noReplacing(): Error {
  return notSupported(
    'files',
    'this SFTP server cannot put a file in the place of another in one step (posix-rename@openssh.com); remove the old one first, if it may be missing for a moment',
  );
}

/** Removes a file, a link itself, or a directory; `recursive` for what is in it. */
export async function removePath(sftp: SftpSession, file: string, named: Named, recursive: boolean, signal: AbortSignal): Promise<void> {
  if (typeOf(await sftp.lstat(file)) !== 'directory') return sftp.unlink(file);
  if (recursive) return removeTree(sftp, file, signal);
  try {
    await sftp.rmdir(file);
  } catch (error) {
    if (!isFailure(error) || !(await holdsSomething(sftp, file))) throw error;
    throw wrongPath({ ...named, option: 'recursive' }, 'is a directory that is not empty', 'true for such a directory');
  }
}

/** With all that is in it; `isOurs`: also what is closed to its owner. */
export async function removeTree(sftp: SftpSession, directory: string, signal: AbortSignal, isOurs = false): Promise<void> {
  if (isOurs) await sftp.chmod(directory, 0o700);
  for (const { filename, attrs } of await sftp.list(directory)) {
    signal.throwIfAborted();
    const inside = `${directory}/${filename}`;
    await (typeOf(attrs) === 'directory' ? removeTree(sftp, inside, signal, isOurs) : sftp.unlink(inside));
  }
  await sftp.rmdir(directory);
}

/** With its parents. */
export async function makeDirectories(sftp: SftpSession, directory: string, named: Named): Promise<void> {
  const missing: string[] = [];
  for (let at = directory; ; at = posix.dirname(at)) {
    const found = await unlessMissing(sftp.stat(at));
    if (found && typeOf(found) === 'directory') break;
    // A part of the path is a file, or a link that leads nowhere.
    if (found || (await unlessMissing(sftp.lstat(at)))) throw fault(at === directory && found ? 'EEXIST' : 'ENOTDIR', named);
    missing.push(at);
  }
  for (const path of missing.reverse()) {
    try {
      await sftp.mkdir(path);
    } catch (error) {
      // Somebody else made it meanwhile.
      if (!isFailure(error) || typeOf(await attributesOf(sftp, path, named)) !== 'directory') throw error;
    }
  }
}

async function holdsSomething(sftp: SftpSession, directory: string): Promise<boolean> {
  return (await sftp.list(directory).catch(() => [])).length > 0;
}

function fault(code: string, named: Named): Error {
  return toFileError(Object.assign(new Error(code), { code }), named);
}
