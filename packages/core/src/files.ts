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
  /** Permission bits of a new file, 0 … 0o777; default 0o644 less the target's umask. An existing file keeps its own. */
  readonly mode?: number;
  readonly signal?: AbortSignal;
}

/** What most file calls take. */
export interface FileOptions {
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
}

/**
 * Files on the target. Relative paths start at the executor's `defaults.cwd`, or where its commands start.
 * Faults are `EXEC_NOT_FOUND` and `EXEC_PERMISSION` with `detail.what` `'file'`, else `EXEC_UNAVAILABLE`.
 */
export interface Files {
  read(path: string, options?: ReadOptions): Promise<Uint8Array>;
  /** Writes the whole file or nothing: a reader sees the old content or the new. */
  write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** Follows symbolic links. */
  stat(path: string, options?: FileOptions): Promise<FileInfo>;
  /** False only when nothing is there; a path that may not be looked at rejects. */
  exists(path: string, options?: FileOptions): Promise<boolean>;
  /** What is directly inside a directory, sorted by name; symbolic links are not followed. */
  list(path: string, options?: FileOptions): Promise<FileInfo[]>;
  /** Replaces a file at `to`. */
  rename(from: string, to: string, options?: FileOptions): Promise<void>;
  remove(path: string, options?: RemoveOptions): Promise<void>;
  /** With its parents; an existing directory is no fault. */
  makeDirectory(path: string, options?: FileOptions): Promise<void>;
  /** Streams a file from this machine to the target, whole or not at all. */
  upload(localPath: string, path: string, options?: WriteOptions): Promise<void>;
  /** Streams a file from the target to this machine, whole or not at all. */
  download(path: string, localPath: string, options?: WriteOptions): Promise<void>;
}
