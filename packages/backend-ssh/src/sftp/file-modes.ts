import type { FileInfo } from '@errand/core';
import type { Attributes } from '../sftp-client.ts';

// A map: Biome writes octal numbers anew as keys of an object, and wrongly.
const KINDS = new Map<number, readonly [type: FileInfo['type'], words: string]>([
  [0o100000, ['file', 'a file']],
  [0o040000, ['directory', 'a directory']],
  [0o120000, ['symlink', 'a symbolic link']],
  [0o010000, ['other', 'a FIFO']],
  [0o140000, ['other', 'a socket']],
]);

export function typeOf({ mode }: Attributes): FileInfo['type'] {
  return KINDS.get(mode & 0o170000)?.[0] ?? 'other';
}

/** As messages call it. */
export function kindOf({ mode }: Attributes): string {
  return KINDS.get(mode & 0o170000)?.[1] ?? 'a device';
}

export function permissionsOf({ mode }: Attributes): number {
  return mode & 0o777;
}
