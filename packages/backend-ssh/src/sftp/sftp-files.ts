import { posix, resolve } from 'node:path';
import type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, TransferOptions, WriteOptions } from '@errand/core';
import {
  isDirectory,
  isThere,
  joined,
  keepingNodeAlive,
  longerThan,
  type Named,
  openRegular,
  partOf,
  piecesOf,
  piecesOfFile,
  replaceFile,
  writeAll,
} from '@errand/core/files';
import type { SftpSession } from '../sftp-client.ts';
import { makeDirectories, removePath, removeTree, renamePath } from './change-paths.ts';
import { downloadTree } from './download-tree.ts';
import { typeOf } from './file-modes.ts';
import { attributesOf, listDirectory, toInfo } from './look-at.ts';
import { readPieces } from './sftp-content.ts';
import { about } from './sftp-faults.ts';
import { uploadTree } from './upload-tree.ts';
import { openForReading, replaceRemote } from './whole-files.ts';

const NEVER = new AbortController().signal;

/** Opens the SFTP subsystem in a channel; rejects with an ExecError, or the reason of the signal. */
export type OpenSftp = (signal: AbortSignal) => Promise<SftpSession>;

/**
 * Files of an account that has SFTP and no shell. Each call has a channel of its own. The engine checks paths and options before, and gives up
 * on an abort at once; here it is looked for between requests, so that what was begun is removed.
 */
export class SftpFiles implements Files {
  readonly #open: OpenSftp;
  readonly #cwd: string;
  #base: string | undefined;

  /** @param cwd Where relative paths start, itself relative to where the server starts. */
  constructor(open: OpenSftp, cwd = '.') {
    this.#open = open;
    this.#cwd = cwd;
  }

  read(path: string, { signal = NEVER, ...options }: ReadOptions = {}): Promise<Uint8Array> {
    const named: Named = { option: 'path', path };
    const { maxBytes, offset, lengthBytes } = partOf(options);
    return this.#with(path, named, signal, async (sftp, file) => {
      const { handle, sizeBytes } = await openForReading(sftp, file, named);
      const blocks: Uint8Array[] = [];
      let total = 0;
      const end = offset + Math.min(lengthBytes, maxBytes + 1);
      for await (const block of readPieces(sftp, handle, Math.min(sizeBytes, end), offset)) {
        signal.throwIfAborted();
        const part = block.subarray(0, lengthBytes - total);
        total += part.length;
        if (total > maxBytes) throw longerThan(maxBytes, named);
        blocks.push(part);
        if (total >= lengthBytes) break;
      }
      return joined(blocks, total);
    });
  }

  write(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    // A copy: the caller may change its own while this is under way.
    return this.#write(path, piecesOf(Buffer.from(content)), options);
  }

  stat(path: string, { signal = NEVER }: FileOptions = {}): Promise<FileInfo> {
    const named: Named = { option: 'path', path };
    return this.#with(path, named, signal, async (sftp, file) => toInfo(file, await attributesOf(sftp, file, named)));
  }

  exists(path: string, options?: FileOptions): Promise<boolean> {
    return isThere(this.stat(path, options));
  }

  list(path: string, { signal = NEVER }: FileOptions = {}): Promise<FileInfo[]> {
    const named: Named = { option: 'path', path };
    return this.#with(path, named, signal, (sftp, file) => listDirectory(sftp, file, named));
  }

  rename(from: string, to: string, { signal = NEVER }: FileOptions = {}): Promise<void> {
    const source: Named = { option: 'from', path: from };
    return this.#with(from, source, signal, async (sftp, file) => {
      await renamePath(sftp, { file, named: source }, { file: await this.#resolve(sftp, to), named: { option: 'to', path: to } });
    });
  }

  remove(path: string, { recursive = false, signal = NEVER }: RemoveOptions = {}): Promise<void> {
    const named: Named = { option: 'path', path };
    return this.#with(path, named, signal, (sftp, file) => removePath(sftp, file, named, recursive, signal));
  }

  makeDirectory(path: string, { signal = NEVER }: FileOptions = {}): Promise<void> {
    const named: Named = { option: 'path', path };
    return this.#with(path, named, signal, (sftp, file) => makeDirectories(sftp, file, named));
  }

  async upload(localPath: string, path: string, { recursive, ...options }: TransferOptions = {}): Promise<void> {
    const source: Named = { option: 'localPath', path: localPath, orDirectory: true };
    if (recursive && (await isDirectory(resolve(localPath), source))) return this.#uploadTree(source, path, options);
    const { handle } = await openRegular(resolve(localPath), source);
    try {
      await this.#write(path, piecesOfFile(handle, source), options);
    } finally {
      await handle.close();
    }
  }

  download(path: string, localPath: string, { recursive, signal = NEVER, ...options }: TransferOptions = {}): Promise<void> {
    const source: Named = { option: 'path', path, orDirectory: true };
    return this.#with(path, source, signal, async (sftp, file) => {
      const target: Named = { option: 'localPath', path: localPath };
      if (recursive && typeOf(await attributesOf(sftp, file, source)) === 'directory')
        return downloadTree(sftp, file, source, target, signal);
      const { handle, sizeBytes } = await openForReading(sftp, file, source);
      await replaceFile(resolve(localPath), target, { ...options, signal }, async (copy) => {
        const pieces = readPieces(sftp, handle, sizeBytes);
        for (;;) {
          const { done, value } = await about(source, () => pieces.next());
          if (done) return;
          await writeAll(copy, value, signal);
        }
      });
    });
  }

  #uploadTree(source: Named, path: string, { signal = NEVER }: FileOptions): Promise<void> {
    const named: Named = { option: 'path', path };
    const removeLater = (directory: string): Promise<void> =>
      this.#session(NEVER, (sftp) => removeTree(sftp, directory, NEVER, true)).catch(() => {});
    return this.#with(path, named, signal, (sftp, file) => uploadTree(sftp, { source, file, named, removeLater }, signal));
  }

  #write(path: string, pieces: AsyncIterable<Uint8Array>, { mode, signal = NEVER }: WriteOptions): Promise<void> {
    const named: Named = { option: 'path', path };
    // What a lost connection left is removed by the next one.
    const removeLater = (file: string): Promise<void> => this.#session(NEVER, (sftp) => sftp.unlink(file)).catch(() => {});
    return this.#with(path, named, signal, (sftp, file) => replaceRemote(sftp, { file, named, mode, pieces, removeLater }, signal));
  }

  #with<T>(path: string, named: Named, signal: AbortSignal, action: (sftp: SftpSession, file: string) => Promise<T>): Promise<T> {
    return this.#session(signal, (sftp) => about(named, async () => action(sftp, await this.#resolve(sftp, path))));
  }

  /** Its channel ends with it, and so do the handles that it has open. */
  #session<T>(signal: AbortSignal, action: (sftp: SftpSession) => Promise<T>): Promise<T> {
    const call = async (): Promise<T> => {
      const sftp = await this.#open(signal);
      try {
        signal.throwIfAborted();
        return await action(sftp);
      } finally {
        sftp.end();
      }
    };
    return keepingNodeAlive(call());
  }

  /** As on this machine, `..` is taken back by name. */
  async #resolve(sftp: SftpSession, path: string): Promise<string> {
    if (path.startsWith('/')) return posix.resolve(path);
    if (posix.isAbsolute(this.#cwd)) return posix.resolve(this.#cwd, path);
    this.#base ??= await sftp.realpath('.');
    return posix.resolve(this.#base, this.#cwd, path);
  }
}
