import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { type Named, noDirectoryFor, notRegular } from '@errand/core/files';
import type { Attributes, SftpSession } from '../sftp-client.ts';
import { noReplacing } from './change-paths.ts';
import { kindOf, permissionsOf, typeOf } from './file-modes.ts';
import { followLinks } from './follow-links.ts';
import { attributesOf } from './look-at.ts';
import { writePieces } from './sftp-content.ts';
import { unlessMissing } from './sftp-faults.ts';

/** Opens a regular file; nothing waits for a FIFO. */
export async function openForReading(
  sftp: SftpSession,
  file: string,
  named: Named,
): Promise<{ readonly handle: Buffer; readonly sizeBytes: number }> {
  const attributes = await attributesOf(sftp, file, named);
  refuseUnlessRegular(attributes, named);
  return { handle: await sftp.open(file), sizeBytes: attributes.size };
}

export interface Replacing {
  readonly file: string;
  readonly named: Named;
  /** Permission bits of a new file; undefined: as the server's umask has it. */
  readonly mode: number | undefined;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Removes what could not be removed, since the connection was lost. */
  readonly removeLater: (file: string) => Promise<void>;
}

/** Writes beside the file and renames over it. A symbolic link stays: what it leads to is replaced. */
export async function replaceRemote(sftp: SftpSession, replacing: Replacing, signal: AbortSignal): Promise<void> {
  const { file, named, mode, pieces, removeLater } = replacing;
  const target = await followLinks(sftp, file, named);
  const existing = await unlessMissing(sftp.stat(target));
  if (existing) refuseUnlessRegular(existing, named);
  if (!(await unlessMissing(sftp.stat(posix.dirname(target))))) throw noDirectoryFor(named, undefined);
  const temporary = `${posix.dirname(target)}/.errand-${randomBytes(8).toString('hex')}.tmp`;
  const wanted = existing ? permissionsOf(existing) : mode;
  // Never more open than the file will be.
  const handle = await sftp.create(temporary, wanted ?? 0o644);
  try {
    await writePieces(sftp, handle, pieces, signal);
    if (existing) await keepOwner(sftp, handle, existing);
    if (wanted !== undefined) await sftp.fsetstat(handle, { mode: wanted });
    await sftp.sync(handle);
    await sftp.close(handle);
    signal.throwIfAborted();
    if (await sftp.replace(temporary, target)) return;
    if (existing) throw noReplacing();
    await sftp.rename(temporary, target);
  } catch (error) {
    await sftp.unlink(temporary).catch(() => removeLater(temporary));
    throw error;
  }
}

/** @throws ExecError `EXEC_INVALID_OPTION` */
function refuseUnlessRegular(attributes: Attributes, named: Named): void {
  if (typeOf(attributes) !== 'file') throw notRegular(named, kindOf(attributes));
}

/** Who may give files away does so; for others the file becomes theirs, as with any file that is replaced. */
async function keepOwner(sftp: SftpSession, handle: Buffer, { uid, gid }: Attributes): Promise<void> {
  const own = await sftp.fstat(handle);
  if (own.uid === uid && own.gid === gid) return;
  await sftp.fsetstat(handle, { uid, gid }).catch(() => {});
}
