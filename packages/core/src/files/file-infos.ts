import { posix } from 'node:path';
import { ExecError } from '../errors.ts';
import type { FileInfo } from '../files.ts';

/** Mode in hexadecimal, size, seconds; then owner, device and, with GNU and busybox, the time once more, with its fraction. */
const LOOK = /^([0-9a-f]+) (\d+) (-?\d+) \S+ \S+ (?:[^/]*?\.(\d{9}))?/i;

const TYPES: Readonly<Record<number, FileInfo['type']>> = { 32768: 'file', 16384: 'directory', 40960: 'symlink' };

/** What the target's `look` told of a file, as callers get it. */
export function toInfo(path: string, said: string): FileInfo {
  const [, hex = '', size, seconds, nanos = '0'] = LOOK.exec(said) ?? [];
  if (hex === '') throw new ExecError('EXEC_UNAVAILABLE', `The target's stat said of '${path}' what cannot be read: ${said}.`);
  const mode = Number.parseInt(hex, 16);
  return {
    name: posix.basename(path),
    path,
    type: TYPES[mode & 0xf000] ?? 'other',
    sizeBytes: Number(size),
    mode: mode & 0o7777,
    modifiedAt: new Date(Math.round(Number(seconds) * 1_000 + Number(nanos) / 1_000_000)),
  };
}

/** What it told of all that is in a directory, each behind `mark` and before its name, sorted by name. */
export function toInfos(directory: string, said: string, mark: string): FileInfo[] {
  const entries = said.split(`${mark} `).slice(1);
  const named = entries.map((entry) => {
    const at = entry.indexOf(' ./');
    return { name: entry.slice(at + 3, -1), facts: entry.slice(0, at) };
  });
  // By code units, as everywhere.
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  return named.map(({ name, facts }) => toInfo(posix.join(directory, name), facts));
}
