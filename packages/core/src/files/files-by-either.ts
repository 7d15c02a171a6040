import { isExecError } from '../errors.ts';
import type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, TransferOptions, WriteOptions } from '../files.ts';

const NEVER = new AbortController().signal;

/** Files by shells; by other means once it turned out that the target opens none. */
export class FilesByEither implements Files {
  readonly #other: (signal: AbortSignal) => Promise<Files | undefined>;
  #files: Files;
  /** That they serve has been seen. */
  #isSettled = false;

  /** @param other Undefined where a shell is opened after all, or there are no other means. */
  constructor(shell: Files, other: (signal: AbortSignal) => Promise<Files | undefined>) {
    this.#files = shell;
    this.#other = other;
  }

  read(path: string, options?: ReadOptions): Promise<Uint8Array> {
    return this.#do(options, (files) => files.read(path, options));
  }

  write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void> {
    // A copy, where it may be written a second time: the caller may change its own meanwhile.
    const bytes = this.#isSettled ? content : Buffer.from(content);
    return this.#do(options, (files) => files.write(path, bytes, options));
  }

  stat(path: string, options?: FileOptions): Promise<FileInfo> {
    return this.#do(options, (files) => files.stat(path, options));
  }

  exists(path: string, options?: FileOptions): Promise<boolean> {
    return this.#do(options, (files) => files.exists(path, options));
  }

  list(path: string, options?: FileOptions): Promise<FileInfo[]> {
    return this.#do(options, (files) => files.list(path, options));
  }

  rename(from: string, to: string, options?: FileOptions): Promise<void> {
    return this.#do(options, (files) => files.rename(from, to, options));
  }

  remove(path: string, options?: RemoveOptions): Promise<void> {
    return this.#do(options, (files) => files.remove(path, options));
  }

  makeDirectory(path: string, options?: FileOptions): Promise<void> {
    return this.#do(options, (files) => files.makeDirectory(path, options));
  }

  upload(localPath: string, path: string, options?: TransferOptions): Promise<void> {
    return this.#do(options, (files) => files.upload(localPath, path, options));
  }

  download(path: string, localPath: string, options?: TransferOptions): Promise<void> {
    return this.#do(options, (files) => files.download(path, localPath, options));
  }

  /** Where there is no shell, nothing was done by one. */
  async #do<T>({ signal = NEVER }: FileOptions = {}, action: (files: Files) => Promise<T>): Promise<T> {
    const files = this.#files;
    try {
      const done = await action(files);
      this.#isSettled = true;
      return done;
    } catch (fault) {
      if (signal.aborted || !isExecError(fault) || fault.code !== 'EXEC_UNAVAILABLE') throw fault;
      if (this.#isSettled && files === this.#files) throw fault;
      const other = await this.#otherThan(files, signal);
      if (!other) throw fault;
      return action(other);
    }
  }

  /** Another call may have found them meanwhile. */
  async #otherThan(files: Files, signal: AbortSignal): Promise<Files | undefined> {
    if (this.#files !== files) return this.#files;
    const other = await this.#other(signal).catch(() => undefined);
    if (other && this.#files === files) {
      this.#files = other;
      this.#isSettled = true;
    }
    return other && this.#files;
  }
}
