import { randomBytes } from 'node:crypto';
import { posix, resolve } from 'node:path';
import { notSupported } from '@errand/core/checks';
import { type Named, noDirectoryFor, occupied, packTree, readTar, type TarEntry, whole } from '@errand/core/files';
import type { SftpSession } from '../sftp-client.ts';
import { removeTree } from './change-paths.ts';
import { typeOf } from './file-modes.ts';
import { followLinks } from './follow-links.ts';
import { textOf } from './name-text.ts';
import { writePieces } from './sftp-content.ts';
import { about, unlessMissing } from './sftp-faults.ts';

const NEVER = new AbortController().signal;

export interface TreeUpload {
  readonly source: Named;
  readonly file: string;
  readonly named: Named;
  /** Removes what could not be removed, since the connection was lost. */
  readonly removeLater: (directory: string) => Promise<void>;
}

/** Makes a directory beside its place, where nothing may be but an empty one, and renames it. */
export async function uploadTree(sftp: SftpSession, upload: TreeUpload, signal: AbortSignal): Promise<void> {
  const { source, file, named, removeLater } = upload;
  const target = await followLinks(sftp, file, named);
  const there = await unlessMissing(sftp.stat(target));
  if (there && (typeOf(there) !== 'directory' || (await sftp.list(target)).length > 0)) throw occupied(named);
  const parent = posix.dirname(target);
  if (!(await unlessMissing(sftp.stat(parent)))) throw noDirectoryFor(named, undefined);
  const temporary = `${parent}/.errand-${randomBytes(8).toString('hex')}.tmp`;
  await sftp.mkdir(temporary, 0o700);
  try {
    const tree = packTree({
      directory: resolve(source.path),
      name: '.',
      temporary: posix.basename(temporary),
      named: source,
      signal,
    });
    const making = new Making(sftp, temporary, signal);
    await readTar(whole(tree), (entry, content) =>
      about({ ...named, path: posix.join(named.path, entry.name.toString()) }, () => making.add(entry, content)),
    );
    signal.throwIfAborted();
    if (await sftp.replace(temporary, target)) return;
    if (there) await sftp.rmdir(target);
    await sftp.rename(temporary, target);
  } catch (error) {
    await removeTree(sftp, temporary, NEVER, true).catch(() => removeLater(temporary));
    throw error;
  }
}

/** What is in the stream, made on the server. */
class Making {
  readonly #sftp: SftpSession;
  readonly #directory: string;
  readonly #signal: AbortSignal;
  readonly #made: Set<string>;

  constructor(sftp: SftpSession, directory: string, signal: AbortSignal) {
    this.#sftp = sftp;
    this.#directory = directory;
    this.#signal = signal;
    this.#made = new Set([this.#pathOf(Buffer.from('.'))]);
  }

  async add({ type, name, mode, modifiedSeconds, linkName }: TarEntry, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#signal.throwIfAborted();
    const sftp = this.#sftp;
    const path = this.#pathOf(name);
    if (type === 'directory') {
      // It comes again where it is closed in the end. The server takes its umask from the mode of what is new.
      if (!this.#made.has(path)) await sftp.mkdir(path, 0o700);
      this.#made.add(path);
      await sftp.chmod(path, mode);
    } else if (type === 'symlink') {
      await sftp.symlink(textOf(linkName ?? Buffer.alloc(0)), path);
    } else if (type === 'link') {
      const isKnown = await sftp.link(this.#pathOf(linkName ?? Buffer.alloc(0)), path);
      if (!isKnown) throw notSupported('recursive', `this SFTP server makes no hard links, and '${name}' is one`);
    } else {
      const handle = await sftp.create(path, 0o600);
      await writePieces(sftp, handle, content, this.#signal);
      await sftp.fsetstat(handle, { mode, atime: modifiedSeconds, mtime: modifiedSeconds });
      await sftp.close(handle);
    }
  }

  #pathOf(name: Buffer): string {
    return posix.join(this.#directory, textOf(name));
  }
}
