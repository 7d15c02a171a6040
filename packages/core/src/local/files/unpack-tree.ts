import { chmod, link, lstat, mkdir, open, readlink, symlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { ExecError, isExecError } from '../../errors.ts';
import { about, copiedIntoItself, type Named, oddInTree } from '../../files/file-errors.ts';
import { readTar } from '../../files/tar/read-tar.ts';
import type { TarEntry } from '../../files/tar/tar-entry.ts';
import { messageOf } from '../../message-of.ts';
import { writeAll } from './copy-content.ts';
import { joinBytes } from './join-bytes.ts';

/** Where a tar stream goes on this machine. */
export interface Unpacking {
  /** Empty, and nobody else's. */
  readonly directory: string;
  /** What the faults of writing are about. */
  readonly named: Named;
  /** What the faults of the stream are about. */
  readonly source: Named;
  readonly signal: AbortSignal | undefined;
}

type Use = (entry: TarEntry, content: AsyncIterable<Uint8Array>) => Promise<void>;

/**
 * Unpacks a tar stream that nobody vouches for. Resolves to whether it came to its end.
 *
 * Nothing is written outside of the directory: a member must be in a directory that was made here before it, and nothing that is there is
 * ever replaced, so that no link can take the place of one of them.
 */
export async function unpackTree(bytes: AsyncIterable<Uint8Array>, unpacking: Unpacking): Promise<boolean> {
  const tree = new Tree(unpacking);
  try {
    const isWhole = await readTar(bytes, tree.add);
    if (isWhole) await tree.finish();
    return isWhole;
  } catch (error) {
    if (isExecError(error) || unpacking.signal?.aborted) throw error;
    throw untrusted(unpacking.source, messageOf(error), error);
  }
}

class Tree {
  readonly #unpacking: Unpacking;
  /** By path in the tree, as latin1: the directories that were made here, and the modes that they are to have in the end. */
  readonly #directories = new Map([['', 0o700]]);

  constructor(unpacking: Unpacking) {
    this.#unpacking = unpacking;
  }

  readonly add: Use = async (entry, content) => {
    const { named, source, signal } = this.#unpacking;
    signal?.throwIfAborted();
    const inside = this.#inside(entry.name);
    if (inside.toString().split('/').includes(basename(this.#unpacking.directory))) throw copiedIntoItself(source);
    if (entry.type === 'other') throw oddInTree(source, `${source.path}/${inside}`);
    const target: Named = { ...named, path: inside.length > 0 ? `${named.path}/${inside}` : named.path };
    await about(target, () => this.#make(entry, inside, content));
  };

  /** What is not writable is made so last, from the inside out. */
  async finish(): Promise<void> {
    for (const [key, mode] of Array.from(this.#directories).reverse()) {
      await about(this.#unpacking.named, () => chmod(this.#pathOf(Buffer.from(key, 'latin1')), mode));
    }
  }

  async #make(entry: TarEntry, inside: Buffer, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = this.#pathOf(inside);
    const key = inside.toString('latin1');
    if (entry.type === 'directory') {
      if (!this.#directories.has(key)) await mkdir(path, 0o700);
      this.#directories.set(key, entry.mode & 0o777);
    } else if (entry.type === 'file') {
      await this.#makeFile(entry, path, content);
    } else if (entry.type === 'symlink') {
      await symlink(entry.linkName ?? '', path);
    } else {
      await this.#makeLink(this.#pathOf(this.#inside(entry.linkName ?? Buffer.alloc(0))), path);
    }
  }

  async #makeFile({ mode, modifiedSeconds }: TarEntry, path: Buffer, content: AsyncIterable<Uint8Array>): Promise<void> {
    // `wx`: nothing that is there is opened, nor where a link leads.
    const handle = await open(path, 'wx', 0o600);
    try {
      for await (const piece of content) await writeAll(handle, piece, this.#unpacking.signal);
      await handle.chmod(mode & 0o777);
      await handle.utimes(modifiedSeconds, modifiedSeconds);
    } finally {
      await handle.close();
    }
  }

  /** Another name of what is there. Where that is a link, some systems would follow it. */
  async #makeLink(existing: Buffer, path: Buffer): Promise<void> {
    const stats = await lstat(existing);
    if (stats.isSymbolicLink()) await symlink(await readlink(existing, { encoding: 'buffer' }), path);
    else await link(existing, path);
  }

  #pathOf(inside: Buffer): Buffer {
    return joinBytes(Buffer.from(this.#unpacking.directory), inside);
  }

  /** A member's path in the tree. */
  #inside(name: Buffer): Buffer {
    const parts = name.toString('latin1').split('/');
    const isOutside = name[0] === 0x2f || parts.includes('..') || (process.platform === 'win32' && /[\\:]/.test(name.toString('latin1')));
    const kept = parts.filter((part) => part !== '' && part !== '.');
    if (isOutside || !this.#directories.has(kept.slice(0, -1).join('/')))
      throw untrusted(this.#unpacking.source, `it holds '${name.subarray(0, 256)}', which is in no directory of its own`);
    return Buffer.from(kept.join('/'), 'latin1');
  }
}

function untrusted({ path }: Named, why: string, cause?: unknown): ExecError {
  const message = `'${path}' could not be unpacked: what the target sent is not to be trusted, since ${why}.`;
  return new ExecError('EXEC_UNAVAILABLE', message, { cause, detail: { what: 'file', name: path } });
}
