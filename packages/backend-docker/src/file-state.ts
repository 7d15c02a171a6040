/** Go's bit of a directory; that of a symbolic link; and who may execute a file. */
const DIRECTORY = 2 ** 31;
const SYMLINK = 2 ** 27;
const EXECUTE = 0o111;

/** What a daemon says of a file. */
export interface FileState {
  readonly isDirectory: boolean;
  /** Somebody may run it. */
  readonly isExecutable: boolean;
  /** Of a symbolic link: where in the container it leads to in the end. */
  readonly target?: string;
}

/** @param header Of the archive API: JSON in base64. */
export function toFileState(header: string): FileState {
  const { mode, linkTarget } = JSON.parse(Buffer.from(header, 'base64').toString()) as {
    readonly mode: number;
    readonly linkTarget: string;
  };
  const isSymlink = Math.floor(mode / SYMLINK) % 2 === 1;
  return { isDirectory: mode >= DIRECTORY, isExecutable: (mode & EXECUTE) !== 0, ...(isSymlink && { target: linkTarget }) };
}
