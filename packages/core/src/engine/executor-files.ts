import type { OptionChecks } from '../checks/check-each.ts';
import { FILE_CHECKS as CHECKS, checkContent, checkPaths, checkTransfer, readFileOptions } from '../checks/check-files.ts';
import type { FileInfo, FileOptions, Files, ReadOptions, RemoveOptions, TransferOptions, WriteOptions } from '../files.ts';
import { orAborted } from '../or-aborted.ts';

/** How long closing waits for calls that were given up to remove what they left. A file system may hang for ever. */
const CLEAN_UP_MS = 2_000;

interface UnderWay {
  readonly stop: AbortController;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/**
 * A driver's files as callers get them. Arguments are checked here, alike for every backend. A call settles at once when its
 * signal aborts or the executor closes, whatever the driver waits for; closing refuses what comes after.
 */
export class ExecutorFiles implements Files {
  readonly #files: Files;
  readonly #underWay = new Set<UnderWay>();
  #closed: Error | undefined;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Resolves when nothing is under way, or what is does not end. `reason` is what callers get. */
  async close(reason: Error): Promise<void> {
    this.#closed = reason;
    const ends = Array.from(this.#underWay, ({ stop, ended }) => {
      stop.abort(reason);
      return ended;
    });
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLEAN_UP_MS);
    });
    await Promise.race([Promise.all(ends), enough]);
    clearTimeout(timer);
  }

  read(path: string, options?: ReadOptions): Promise<Uint8Array> {
    return this.#do({ path }, options, CHECKS.read, (checked) => this.#files.read(path, checked));
  }

  async write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void> {
    checkContent(content);
    return this.#do({ path }, options, CHECKS.write, (checked) => this.#files.write(path, content, checked));
  }

  stat(path: string, options?: FileOptions): Promise<FileInfo> {
    return this.#do({ path }, options, CHECKS.plain, (checked) => this.#files.stat(path, checked));
  }

  exists(path: string, options?: FileOptions): Promise<boolean> {
    return this.#do({ path }, options, CHECKS.plain, (checked) => this.#files.exists(path, checked));
  }

  list(path: string, options?: FileOptions): Promise<FileInfo[]> {
    return this.#do({ path }, options, CHECKS.plain, (checked) => this.#files.list(path, checked));
  }

  rename(from: string, to: string, options?: FileOptions): Promise<void> {
    return this.#do({ from, to }, options, CHECKS.plain, (checked) => this.#files.rename(from, to, checked));
  }

  remove(path: string, options?: RemoveOptions): Promise<void> {
    return this.#do({ path }, options, CHECKS.remove, (checked) => this.#files.remove(path, checked));
  }

  makeDirectory(path: string, options?: FileOptions): Promise<void> {
    return this.#do({ path }, options, CHECKS.plain, (checked) => this.#files.makeDirectory(path, checked));
  }

  upload(localPath: string, path: string, options?: TransferOptions): Promise<void> {
    return this.#do({ localPath, path }, options, CHECKS.transfer, async (checked) => {
      checkTransfer(checked);
      await this.#files.upload(localPath, path, checked);
    });
  }

  download(path: string, localPath: string, options?: TransferOptions): Promise<void> {
    return this.#do({ path, localPath }, options, CHECKS.transfer, async (checked) => {
      checkTransfer(checked);
      await this.#files.download(path, localPath, checked);
    });
  }

  async #do<O extends FileOptions, T>(
    paths: Readonly<Record<string, unknown>>,
    given: O | undefined,
    checks: OptionChecks,
    action: (options: O & { signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    checkPaths(paths);
    const options = readFileOptions(given, checks);
    if (this.#closed) throw this.#closed;
    const { signal } = options;
    if (signal?.aborted) throw signal.reason;
    // One of its own for each call, and not AbortSignal.any: a polyfill's signal serves as well, and no listener stays.
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await orAborted(this.#track(stop, action({ ...options, signal: stop.signal })), stop.signal);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #track<T>(stop: AbortController, done: Promise<T>): Promise<T> {
    const forget = (): void => void this.#underWay.delete(underWay);
    const underWay: UnderWay = { stop, ended: done.then(forget, forget) };
    this.#underWay.add(underWay);
    return done;
  }
}
