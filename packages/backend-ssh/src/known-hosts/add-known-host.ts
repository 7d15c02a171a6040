import { type FileHandle, mkdir, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExecError } from '@errand/core';
import { MAX_LIST_BYTES, readAll } from '../read-bounded.ts';
import { withFileLock } from './file-lock.ts';
import { hashedName, isHashedName } from './hashed-name.ts';
import type { HostKey } from './host-key.ts';
import type { HostNames } from './host-names.ts';
import { lookUp, type Verdict } from './look-up.ts';
import { FileLines } from './named-lines.ts';
import type { UnreadLine } from './parse-known-hosts.ts';

export interface AddOptions {
  /** Whether the name is hashed (HashKnownHosts). Default: as the file's other names are. */
  readonly hash?: boolean;
  /** Whether a key is added beside others that the file has for this host, once somebody looked at it. Default false. */
  readonly beside?: boolean;
}

/**
 * Adds a line for a host to a known_hosts file, unless the file has it. Tells what the file said before: after `unknown` the key was
 * added, after `changed` only with `beside`, after `known` and `revoked` nothing was written.
 *
 * The line is appended, in one write, under a lock: OpenSSH appends too, and takes no lock, so a line that it adds meanwhile would be lost
 * if the file were written anew and renamed; a file that is appended to also keeps its mode, its owner and the links to it. The lock is
 * for asking and adding in one step, so that nothing is there twice. A line that was cut by a full disk is one that readers skip.
 *
 * @throws ExecError `EXEC_HOST_KEY` for a name that no line can hold; faults of the file system as they are
 */
export async function addKnownHost(path: string, names: HostNames, key: HostKey, options: AddOptions = {}): Promise<Verdict> {
  checkName(names.name);
  const place = await placeOf(path);
  // What goes to /dev/null is meant to be forgotten.
  const found = await stat(place).catch(() => undefined);
  if (found && !found.isFile()) return { status: 'unknown' };
  return withFileLock(`${place}.errand-lock`, async () => {
    const file = await open(place, 'a+', 0o600);
    try {
      return await addTo(file, place, names, key, options);
    } finally {
      await file.close();
    }
  });
}

async function addTo(file: FileHandle, path: string, names: HostNames, key: HostKey, options: AddOptions): Promise<Verdict> {
  const text = (await readAll(file, MAX_LIST_BYTES)).toString('latin1');
  const lines = new FileLines(path, text);
  const verdict = lookUp(lines, { name: names.name }, key);
  if (verdict.status !== 'unknown' && !(verdict.status === 'changed' && options.beside)) return verdict;
  const name = (options.hash ?? areHashed(lines.all)) ? hashedName(names.name) : names.name;
  const line = `${name} ${key.type} ${Buffer.from(key.blob).toString('base64')}\n`;
  await append(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`);
  return verdict;
}

async function append(file: FileHandle, line: string): Promise<void> {
  const bytes = Buffer.from(line, 'latin1');
  const { bytesWritten } = await file.write(bytes);
  // The next write tells why: the disk is full, or the quota is.
  if (bytesWritten < bytes.length) await file.writeFile(bytes.subarray(bytesWritten));
  await file.sync();
}

/** Follows links, so that those who reach the file by another name use the same lock. */
async function placeOf(path: string): Promise<string> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return realpath(path).catch(async () => join(await realpath(directory), basename(path)));
}

/** Patterns cannot be hashed, so they tell nothing. */
function areHashed(lines: readonly UnreadLine[]): boolean {
  const names = lines.filter((line) => line.marker === undefined && !/[*?!]/.test(line.names));
  return names.length > 0 && names.every((line) => isHashedName(line.names));
}

/** What would be a pattern, a list, a comment or another line is never written, as in OpenSSH. */
function checkName(name: string): void {
  const bare = /^\[(.*)\]:\d+$/.exec(name)?.[1] ?? name;
  if (/^[^\0-\x20\x7f@?*#[\]|'"\\,!]+$/.test(bare)) return;
  throw new ExecError(
    'EXEC_HOST_KEY',
    `'${bare}' cannot be written to a known_hosts file: give an alias of plain letters (hostKey.alias).`,
  );
}
