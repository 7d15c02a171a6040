/**
 * One member of a tar stream. Names are bytes, as file systems have them: a name of a target's file need not be text.
 *
 * The codec is Errand's own, since those of npm write what is long or not ASCII into pax headers, which busybox's tar skips.
 */
export interface TarEntry {
  readonly type: TarType;
  readonly name: Buffer;
  /** Permission bits, at most 0o7777. */
  readonly mode: number;
  /** Of a file; 0 for the rest. */
  readonly sizeBytes: number;
  /** Since 1970. */
  readonly modifiedSeconds: number;
  /** Where a symbolic link leads, or the member that a hard link is the same file as. */
  readonly linkName?: Buffer;
}

/** `other`: devices, FIFOs, and kinds that are not known. */
export type TarType = 'file' | 'link' | 'symlink' | 'directory' | 'other';

/** All of a tar stream is a whole number of these. */
export const BLOCK_BYTES = 512;

export type Field = 'name' | 'mode' | 'uid' | 'gid' | 'size' | 'modified' | 'checksum' | 'type' | 'linkName' | 'magic' | 'prefix';

/** Where the fields of a header are, and how long they are. */
export const FIELDS: Readonly<Record<Field, readonly [at: number, length: number]>> = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  modified: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
};

/** The sum of a header's bytes, its own field taken as spaces. */
export function checksumOf(header: Uint8Array): number {
  const [at, length] = FIELDS.checksum;
  let sum = length * 0x20;
  for (const [index, byte] of header.entries()) if (index < at || index >= at + length) sum += byte;
  return sum;
}

/** What fills up the last block. */
export function paddingOf(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
