import { readFile } from 'node:fs/promises';
import { type KnownHostsLine, parseKnownHosts } from './parse-known-hosts.ts';

/** What known_hosts files say. */
export interface KnownHosts {
  readonly lines: readonly KnownHostsLine[];
  /** Files that are there and could not be read. OpenSSH goes on without them. */
  readonly unreadable: readonly { readonly path: string; readonly cause: unknown }[];
}

const ABSENT = ['ENOENT', 'ENOTDIR'];

/** Reads known_hosts files, in this order. A file that is not there says nothing. */
export async function readKnownHosts(paths: readonly string[]): Promise<KnownHosts> {
  const lines: KnownHostsLine[] = [];
  const unreadable: { path: string; cause: unknown }[] = [];
  for (const path of paths) {
    try {
      lines.push(...parseKnownHosts(path, await readFile(path, 'latin1')));
    } catch (cause) {
      if (!ABSENT.includes(String(Reflect.get(Object(cause), 'code')))) unreadable.push({ path, cause });
    }
  }
  return { lines, unreadable };
}
