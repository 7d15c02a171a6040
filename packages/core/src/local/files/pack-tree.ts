import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { about, changedMeanwhile, copiedIntoItself, type Named, oddInTree } from '../../files/file-errors.ts';
import type { PackedTree } from '../../files/tar/sealed.ts';
import { paddingOf, type TarEntry } from '../../files/tar/tar-entry.ts';
import { tarHeader } from '../../files/tar/tar-header.ts';
import { joinBytes } from './join-bytes.ts';

const PIECE_BYTES = 262_144;

/** Never through a link that took a file's place, and never waiting for a FIFO's other end. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** What of this machine is packed, and how. */
export interface Packing {
  readonly directory: string;
  /** How the directory is named to who unpacks it. */
  readonly name: string;
  /** The name of the directory, like no other, that is filled with it: to meet it is to be copied into itself. */
  readonly temporary?: string;
  /** What its faults are about. */
  readonly named: Named;
  readonly signal: AbortSignal | undefined;
}

/** A directory, and what each file under it is about. */
interface Place {
  /** Where it is here. */
  readonly path: Buffer;
  /** In the stream. */
  readonly name: Buffer;
  readonly named: Named;
}

/** Packs a directory with all that is in it. */
export function packTree({ directory, name, temporary, named, signal }: Packing): PackedTree {
  const closed: (TarEntry & { type: 'directory' })[] = [];
  /** Files with several names, by device and inode: the first of their names. */
  const linked = new Map<string, Buffer>();
  return { members: packDirectory({ path: Buffer.from(directory), name: Buffer.from(name), named }), closed };

  async function* packDirectory(place: Place): AsyncGenerator<Uint8Array> {
    const { path, named } = place;
    // The first one may be a link to a directory, which is meant.
    const stats = await about(named, () => lstat(joinBytes(path, '.'), { bigint: true }));
    const entry = { ...entryOf(place, stats), type: 'directory' } as const;
    yield tarHeader({ ...entry, mode: entry.mode | 0o700 });
    const names = await about(named, () => readdir(path, { encoding: 'buffer' }));
    for (const child of names.sort(Buffer.compare)) {
      signal?.throwIfAborted();
      if (child.toString() === temporary) throw copiedIntoItself({ ...place.named, path: directory });
      yield* pack({
        path: joinBytes(path, child),
        name: joinBytes(place.name, child),
        named: { ...named, path: `${named.path}/${child}` },
      });
    }
    if ((entry.mode & 0o700) !== 0o700) closed.push(entry);
  }

  async function* pack(place: Place): AsyncGenerator<Uint8Array> {
    const stats = await about(place.named, () => lstat(place.path, { bigint: true }));
    if (stats.isDirectory()) return yield* packDirectory(place);
    if (!stats.isFile() && !stats.isSymbolicLink()) throw oddInTree(named, place.named.path);
    const entry = entryOf(place, stats);
    const first = linked.get(idOf(stats));
    if (first) return yield tarHeader({ ...entry, type: 'link', linkName: first });
    if (stats.nlink > 1n) linked.set(idOf(stats), place.name);
    if (stats.isFile()) return yield* packFile(place, entry);
    yield tarHeader({ ...entry, type: 'symlink', linkName: await about(place.named, () => readlink(place.path, { encoding: 'buffer' })) });
  }

  async function* packFile({ path, named }: Place, entry: Omit<TarEntry, 'type'>): AsyncGenerator<Uint8Array> {
    const handle = await about(named, () => open(path, READ));
    try {
      const before = await handle.stat();
      yield tarHeader({ ...entry, type: 'file', sizeBytes: before.size });
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, before.size));
      for (let left = before.size; left > 0; ) {
        signal?.throwIfAborted();
        const { bytesRead } = await about(named, () => handle.read(piece, 0, Math.min(piece.length, left), null));
        if (bytesRead === 0) throw changedMeanwhile(named);
        left -= bytesRead;
        yield piece.subarray(0, bytesRead);
      }
      const after = await handle.stat();
      if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changedMeanwhile(named);
      yield Buffer.alloc(paddingOf(before.size));
    } finally {
      await handle.close();
    }
  }
}

function entryOf({ name }: Place, stats: BigIntStats): Omit<TarEntry, 'type'> {
  const modifiedSeconds = Math.floor(Number(stats.mtimeMs) / 1_000);
  return { name, mode: Number(stats.mode) & 0o777, sizeBytes: 0, modifiedSeconds };
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
