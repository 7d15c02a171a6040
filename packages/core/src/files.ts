/** What a path names. */
export interface FileInfo {
  readonly name: string;
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly sizeBytes: number;
  /** Permission bits, as in `0o644`. */
  readonly mode: number;
  readonly modifiedAt: Date;
}

/** How a file is written. */
export interface WriteOptions {
  /**
   * Permission bits of a new file, 0 … 0o777; default 0o644 less the target's umask. An existing file keeps its own, and its
   * owner where the user may give files away.
   */
  readonly mode?: number;
  readonly signal?: AbortSignal;
}

/** What most file calls take. */
export interface FileOptions {
  /** Rejects at once with the signal's reason. What was begun may still be done, whole; what is removed in parts may be so in part. */
  readonly signal?: AbortSignal;
}

/** How a directory is removed. */
export interface RemoveOptions extends FileOptions {
  /** Also what is inside a directory; default false. */
  readonly recursive?: boolean;
}

/** How a file is read. */
export interface ReadOptions extends FileOptions {
  /** Refuse with `EXEC_OUTPUT_OMITTED` rather than read more; default 64 MiB. `download` has no bound. */
  readonly maxBytes?: number;
  /** The first byte that is read: 0 … 2^53-1; default 0. Behind the end there is nothing to read, which is no fault. */
  readonly offset?: number;
  /** Read at most so many bytes, from `offset` on, and leave what follows: 0 … 2^53-1; default: all that follows. `maxBytes` bounds it. */
  readonly lengthBytes?: number;
}

/** What is carried from one machine to the other, and how. */
export interface TransferOptions extends WriteOptions {
  /**
   * Also a directory, with all that is in it; default false. Cannot be with `mode`: each file keeps its own.
   *
   * The directory gets there whole or not at all: it is made beside its place, where nothing may be but an empty directory, and renamed.
   * Names are kept byte for byte, permission bits (`0o777`), empty directories, hard links, when a file was modified (in whole seconds), and
   * symbolic links, which are never followed. Owners, set-user-id bits and extended attributes are not. A FIFO, a socket or a device inside
   * is `EXEC_INVALID_OPTION`, a file that changes meanwhile `EXEC_UNAVAILABLE`.
   */
  readonly recursive?: boolean;
}

/**
 * Files on the target. Relative paths start at the executor's `defaults.cwd`, or where its commands start; `localPath` is on
 * this machine, and starts where this process is.
 *
 * Content is that of regular files, those of `/proc` included. Directories, FIFOs, sockets and devices, `/dev/null` too, are
 * refused by `read`, `write`, `upload` and `download`, and nothing waits for them: use a command. Directories go up and down with
 * `recursive`, through the target's `tar`.
 *
 * Faults, beside `EXEC_CLOSED`:
 * - `EXEC_NOT_FOUND`, `EXEC_PERMISSION`: `detail.what` is `'file'`, `detail.name` the path as it was given, or of a file inside.
 *   `EXEC_NOT_FOUND` with `'program'`: the target has no `tar`.
 * - `EXEC_INVALID_OPTION`: an argument that cannot be, or a path that names what cannot serve: no regular file, no directory,
 *   a loop of symbolic links, a name that is too long. `detail.option` is the parameter: `path`, `from`, `to`, `localPath`, …
 * - `EXEC_OUTPUT_OMITTED`: what is to be read is longer than `maxBytes`.
 * - `EXEC_UNAVAILABLE`: the rest, such as a full disk.
 *
 * ```ts
 * await executor.files.write('conf/app.json', JSON.stringify(settings), { mode: 0o600 });
 * const log = await executor.files.read('/var/log/app.log', { maxBytes: 1_048_576 });
 * const page = await executor.files.read('/var/log/app.log', { offset: 65_536, lengthBytes: 65_536 });
 * ```
 */
export interface Files {
  /** All of a file, or a part of it, in memory. */
  read(path: string, options?: ReadOptions): Promise<Uint8Array>;
  /**
   * Writes the whole file or nothing: a reader sees the old content or the new. Through a symbolic link the file that it leads
   * to is written, or made. Its directory must be there.
   */
  write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** Follows symbolic links. */
  stat(path: string, options?: FileOptions): Promise<FileInfo>;
  /** False only when nothing is there; a path that may not be looked at rejects. */
  exists(path: string, options?: FileOptions): Promise<boolean>;
  /** What is directly inside a directory, sorted by name; symbolic links inside are not followed. */
  list(path: string, options?: FileOptions): Promise<FileInfo[]>;
  /** Replaces a file at `to`, or an empty directory by a directory. A symbolic link is renamed itself. */
  rename(from: string, to: string, options?: FileOptions): Promise<void>;
  /** Removes a file, an empty directory, or a symbolic link itself; `recursive` for the rest. */
  remove(path: string, options?: RemoveOptions): Promise<void>;
  /** With its parents; an existing directory is no fault. */
  makeDirectory(path: string, options?: FileOptions): Promise<void>;
  /**
   * Streams a file, or with `recursive` a directory, from this machine to the target, whole or not at all; symbolic links as for `write`.
   *
   * ```ts
   * await executor.files.upload('dist', '/srv/app/release-42', { recursive: true });
   * ```
   */
  upload(localPath: string, path: string, options?: TransferOptions): Promise<void>;
  /** As `upload`, from the target to this machine. What a target sends is written nowhere but there, whatever it says. */
  download(path: string, localPath: string, options?: TransferOptions): Promise<void>;
}
