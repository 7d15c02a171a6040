/** Bits of Go's file modes, with the type that they stand for. */
const TYPES: readonly (readonly [bit: number, type: FileState['type']])[] = [
  [31, 'directory'],
  [27, 'symlink'],
  [26, 'device'],
  [25, 'FIFO'],
  [24, 'socket'],
  [21, 'device'],
  [19, 'device'],
];
/** Set-user-ID, set-group-ID and sticky, and what they are elsewhere. */
const SPECIAL: readonly (readonly [bit: number, mode: number])[] = [
  [23, 0o4000],
  [22, 0o2000],
  [20, 0o1000],
];

/** What a daemon says of a file. */
export interface FileState {
  readonly type: 'file' | 'directory' | 'symlink' | 'FIFO' | 'socket' | 'device';
  /** Permission bits, at most 0o7777. */
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Of a symbolic link: where in the container it leads to in the end. */
  readonly target?: string;
}

/** @param header Of the archive API: JSON in base64. */
export function toFileState(header: string): FileState {
  const { size, mode, mtime, linkTarget } = JSON.parse(Buffer.from(header, 'base64').toString()) as {
    readonly size: number;
    readonly mode: number;
    readonly mtime: string;
    readonly linkTarget: string;
  };
  const has = (bit: number): boolean => Math.floor(mode / 2 ** bit) % 2 === 1;
  const type = TYPES.find(([bit]) => has(bit))?.[1] ?? 'file';
  const special = SPECIAL.filter(([bit]) => has(bit)).reduce((sum, [, bits]) => sum | bits, 0);
  return {
    type,
    mode: (mode & 0o777) | special,
    sizeBytes: size,
    modifiedAt: new Date(mtime),
    ...(type === 'symlink' && { target: linkTarget }),
  };
}
