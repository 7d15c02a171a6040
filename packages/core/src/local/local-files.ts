import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, type Dirent, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { integer, path as pathCheck } from '../checks/values.ts';
import { ExecError } from '../errors.ts';
import type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, WriteOptions } from '../files.ts';
import { toFileError } from './local-file-errors.ts';

const DEFAULT_MAX_READ_BYTES = 67_108_864;
const checkMaxBytes = integer(0, Number.MAX_SAFE_INTEGER, 'bytes');
const checkMode = integer(0, 0o777);

/** Files of this machine. */
export class LocalFiles implements Files {
  readonly #base: string;

  constructor(base: string | undefined) {
    this.#base = resolve(base ?? '.');
  }

  read(path: string, { maxBytes = DEFAULT_MAX_READ_BYTES, signal }: ReadOptions = {}): Promise<Uint8Array> {
    return this.#do(path, signal, async (file) => {
      checkMaxBytes('maxBytes', maxBytes);
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of createReadStream(file, { signal })) {
        bytes += chunk.length;
        if (bytes > maxBytes)
          throw new ExecError('EXEC_OUTPUT_OMITTED', `'${path}' is longer than maxBytes of ${maxBytes}: raise it, or download the file.`);
        chunks.push(chunk);
      }
      return new Uint8Array(Buffer.concat(chunks));
    });
  }

  write(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    return this.#do(path, options.signal, (file) => replaceFile(file, Readable.from([Buffer.from(content)]), options));
  }

  stat(path: string, { signal }: FileOptions = {}): Promise<FileInfo> {
    return this.#do(path, signal, async (file) => toInfo(file, await stat(file)));
  }

  exists(path: string, { signal }: FileOptions = {}): Promise<boolean> {
    return this.#do(path, signal, async (file) => {
      const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
        throw error;
      });
      return found !== undefined;
    });
  }

  list(path: string, { signal }: FileOptions = {}): Promise<FileInfo[]> {
    return this.#do(path, signal, async (directory) => {
      const names = (await readdir(directory, { withFileTypes: true })).map((entry: Dirent) => entry.name).sort();
      const infos = await Promise.all(names.map((name) => infoUnlessGone(join(directory, name))));
      return infos.filter((info) => info !== undefined);
    });
  }

  rename(from: string, to: string, { signal }: FileOptions = {}): Promise<void> {
    return this.#do(from, signal, (file) => rename(file, this.#resolve(to)));
  }

  remove(path: string, { recursive = false, signal }: RemoveOptions = {}): Promise<void> {
    return this.#do(path, signal, async (file) => {
      if (recursive) return rm(file, { recursive });
      return (await lstat(file)).isDirectory() ? rmdir(file) : unlink(file);
    });
  }

  makeDirectory(path: string, { signal }: FileOptions = {}): Promise<void> {
    return this.#do(path, signal, async (directory) => void (await mkdir(directory, { recursive: true })));
  }

  upload(localPath: string, path: string, options: WriteOptions = {}): Promise<void> {
    return this.#do(path, options.signal, (file) => replaceFile(file, createReadStream(localPath), options));
  }

  download(path: string, localPath: string, options: WriteOptions = {}): Promise<void> {
    return this.#do(path, options.signal, (file) => replaceFile(resolve(localPath), createReadStream(file), options));
  }

  #resolve(path: string): string {
    pathCheck('path', path);
    return resolve(this.#base, path);
  }

  async #do<T>(path: string, signal: AbortSignal | undefined, action: (file: string) => Promise<T>): Promise<T> {
    const file = this.#resolve(path);
    signal?.throwIfAborted();
    try {
      return await action(file);
    } catch (error) {
      signal?.throwIfAborted();
      throw toFileError(error, path);
    }
  }
}

/** Writes beside the file and renames over it, so that a reader sees the old content or the new, and a failure changes nothing. */
async function replaceFile(file: string, content: Readable, { mode, signal }: WriteOptions): Promise<void> {
  if (mode !== undefined) checkMode('mode', mode);
  const existing = await stat(file).catch(() => undefined);
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    // wx: never through somebody else's file or link of that name.
    await pipeline(content, createWriteStream(temporary, { flags: 'wx', mode: mode ?? 0o644 }), { signal });
    const wanted = existing ? existing.mode & 0o777 : mode;
    if (wanted !== undefined) await chmod(temporary, wanted);
    await sync(temporary);
    await rename(temporary, file);
  } catch (error) {
    content.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** After a crash the name must not stand for an empty file. */
async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function infoUnlessGone(file: string): Promise<FileInfo | undefined> {
  return lstat(file).then(
    (stats) => toInfo(file, stats),
    () => undefined,
  );
}

function toInfo(path: string, stats: Stats): FileInfo {
  const type = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'other';
  return { name: basename(path), path, type, sizeBytes: stats.size, mode: stats.mode & 0o7777, modifiedAt: stats.mtime };
}
