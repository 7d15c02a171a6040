import { lstat, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { about, codeOf, type Named, wrongPath } from '../files/file-errors.ts';
import { partOf } from '../files/read-bound.ts';
import type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, TransferOptions, WriteOptions } from '../files.ts';
import { currentDirectory } from './current-directory.ts';
import { copyContent, writeAll } from './files/copy-content.ts';
import { copyTree } from './files/copy-tree.ts';
import { isDirectory } from './files/is-directory.ts';
import { listDirectory, toInfo } from './files/list-directory.ts';
import { makeDirectories } from './files/make-directories.ts';
import { openRegular } from './files/open-regular.ts';
import { readPart } from './files/read-part.ts';
import { renamePath } from './files/rename-path.ts';
import { replaceFile } from './files/replace-file.ts';

/**
 * Files of this machine. The engine checks paths and options before, and gives up on an abort at once; here an abort is
 * looked for between system calls, so that the work ends and what it left is removed.
 */
export class LocalFiles implements Files {
  readonly #base: string | undefined;

  constructor(base: string | undefined) {
    const here = currentDirectory();
    this.#base = base?.startsWith('/') || here === undefined ? base : resolve(here, base ?? '.');
  }

  read(path: string, options: ReadOptions = {}): Promise<Uint8Array> {
    return readPart(this.#resolve(path), { option: 'path', path }, partOf(options), options.signal);
  }

  write(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    // A copy: the caller may change its own while this is under way.
    const bytes = Buffer.from(content);
    return replaceFile(this.#resolve(path), { option: 'path', path }, options, (handle) => writeAll(handle, bytes, options.signal));
  }

  stat(path: string): Promise<FileInfo> {
    const file = this.#resolve(path);
    return about({ option: 'path', path }, async () => toInfo(file, await stat(file)));
  }

  exists(path: string): Promise<boolean> {
    return about({ option: 'path', path }, async () => {
      try {
        await stat(this.#resolve(path));
        return true;
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
        throw error;
      }
    });
  }

  list(path: string, { signal }: FileOptions = {}): Promise<FileInfo[]> {
    const named: Named = { option: 'path', path };
    return about(named, () => listDirectory(this.#resolve(path), named, signal));
  }

  rename(from: string, to: string): Promise<void> {
    return renamePath(this.#resolve(from), this.#resolve(to), { option: 'from', path: from }, { option: 'to', path: to });
  }

  remove(path: string, { recursive = false }: RemoveOptions = {}): Promise<void> {
    return about({ option: 'path', path }, async () => {
      const file = this.#resolve(path);
      if (recursive) return rm(file, { recursive });
      if (!(await lstat(file)).isDirectory()) return unlink(file);
      try {
        return await rmdir(file);
      } catch (error) {
        const isFull = codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST';
        throw isFull ? wrongPath({ option: 'recursive', path }, 'is a directory that is not empty', 'true for such a directory') : error;
      }
    });
  }

  makeDirectory(path: string): Promise<void> {
    return about({ option: 'path', path }, () => makeDirectories(this.#resolve(path)));
  }

  upload(localPath: string, path: string, options: TransferOptions = {}): Promise<void> {
    const source: Named = { option: 'localPath', path: localPath, orDirectory: true };
    return copy(resolve(localPath), source, this.#resolve(path), { option: 'path', path }, options);
  }

  download(path: string, localPath: string, options: TransferOptions = {}): Promise<void> {
    const source: Named = { option: 'path', path, orDirectory: true };
    return copy(this.#resolve(path), source, resolve(localPath), { option: 'localPath', path: localPath }, options);
  }

  #resolve(path: string): string {
    return this.#base === undefined ? resolve(path) : resolve(this.#base, path);
  }
}

/** A file; or a directory, where that is asked for. */
async function copy(from: string, source: Named, to: string, target: Named, { recursive, ...options }: TransferOptions): Promise<void> {
  const isTree = recursive === true && (await isDirectory(from, source));
  await (isTree ? copyTree(from, source, to, target, options.signal) : copyFile(from, source, to, target, options));
}

async function copyFile(from: string, source: Named, to: string, target: Named, options: WriteOptions): Promise<void> {
  const { handle } = await openRegular(from, source);
  try {
    await replaceFile(to, target, options, (copy) => copyContent(handle, source, copy, options.signal));
  } finally {
    await handle.close();
  }
}
