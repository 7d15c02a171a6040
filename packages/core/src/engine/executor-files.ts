import type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, WriteOptions } from '../files.ts';

/** A driver's files for an executor that may be closed: closing gives up what is under way, and refuses what comes after. */
export class ExecutorFiles implements Files {
  readonly #files: Files;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** Resolves when nothing is under way. `reason` is what callers get. */
  async close(reason: Error): Promise<void> {
    this.#closed.abort(reason);
    await Promise.allSettled(this.#underWay);
  }

  read(path: string, options?: ReadOptions): Promise<Uint8Array> {
    return this.#do(options, (open) => this.#files.read(path, open));
  }

  write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void> {
    return this.#do(options, (open) => this.#files.write(path, content, open));
  }

  stat(path: string, options?: FileOptions): Promise<FileInfo> {
    return this.#do(options, (open) => this.#files.stat(path, open));
  }

  exists(path: string, options?: FileOptions): Promise<boolean> {
    return this.#do(options, (open) => this.#files.exists(path, open));
  }

  list(path: string, options?: FileOptions): Promise<FileInfo[]> {
    return this.#do(options, (open) => this.#files.list(path, open));
  }

  rename(from: string, to: string, options?: FileOptions): Promise<void> {
    return this.#do(options, (open) => this.#files.rename(from, to, open));
  }

  remove(path: string, options?: RemoveOptions): Promise<void> {
    return this.#do(options, (open) => this.#files.remove(path, open));
  }

  makeDirectory(path: string, options?: FileOptions): Promise<void> {
    return this.#do(options, (open) => this.#files.makeDirectory(path, open));
  }

  upload(localPath: string, path: string, options?: WriteOptions): Promise<void> {
    return this.#do(options, (open) => this.#files.upload(localPath, path, open));
  }

  download(path: string, localPath: string, options?: WriteOptions): Promise<void> {
    return this.#do(options, (open) => this.#files.download(path, localPath, open));
  }

  async #do<O extends FileOptions, T>(options: O | undefined, action: (options: O & { signal: AbortSignal }) => Promise<T>): Promise<T> {
    const closed = this.#closed.signal;
    closed.throwIfAborted();
    const given = options ?? ({} as O);
    const done = action({ ...given, signal: given.signal ? AbortSignal.any([given.signal, closed]) : closed });
    this.#underWay.add(done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(done);
    }
  }
}
