import { posix, resolve } from 'node:path';
import type { FileInfo, FileOptions, Files, ReadOptions, TransferOptions } from '@errand/core';
import {
  isThere,
  joined,
  longerThan,
  type Named,
  notRegular,
  partOf,
  placeTree,
  replaceFile,
  type TarEntry,
  unpackTree,
  writeAll,
  wrongPath,
} from '@errand/core/files';
import type { FileState } from '../file-state.ts';
import { readOnly } from './archive-faults.ts';
import type { ArchiveTree } from './archive-tree.ts';
import { type Found, findFile } from './find-file.ts';
import { listArchive } from './list-archive.ts';
import { contentOf } from './read-archive.ts';

const NEVER = new AbortController().signal;

/**
 * Files of a container that has nothing to ask for them: as a daemon packs them. It unpacks a file by removing what is there and writing anew, and
 * renames nothing, so that nobody could be promised the old content or the new: what changes files is refused.
 */
export class ArchiveFiles implements Files {
  readonly #open: (signal: AbortSignal) => Promise<ArchiveTree>;

  /** @param open The container as it is at the moment. Rejects with an ExecError. */
  constructor(open: (signal: AbortSignal) => Promise<ArchiveTree>) {
    this.#open = open;
  }

  async read(path: string, { signal = NEVER, ...options }: ReadOptions = {}): Promise<Uint8Array> {
    const named: Named = { option: 'path', path };
    const { maxBytes, offset, lengthBytes } = partOf(options);
    const { tree, file } = await this.#regular(named, signal);
    if (Math.min(lengthBytes, file.state.sizeBytes - offset) > maxBytes) throw longerThan(maxBytes, named);
    const blocks: Uint8Array[] = [];
    let total = 0;
    let at = 0;
    for await (const piece of contentOf(tree, file.path, named, signal)) {
      const part = piece.subarray(Math.max(0, offset - at), Math.max(0, offset - at) + lengthBytes - total);
      at += piece.length;
      total += part.length;
      // It may have grown since.
      if (total > maxBytes) throw longerThan(maxBytes, named);
      if (part.length > 0) blocks.push(part);
      if (total >= lengthBytes) break;
    }
    return joined(blocks, total);
  }

  async stat(path: string, { signal = NEVER }: FileOptions = {}): Promise<FileInfo> {
    const { file } = await this.#find({ option: 'path', path }, signal);
    return toInfo(path, file.state);
  }

  exists(path: string, options: FileOptions = {}): Promise<boolean> {
    return isThere(this.stat(path, options));
  }

  async list(path: string, { signal = NEVER }: FileOptions = {}): Promise<FileInfo[]> {
    const named: Named = { option: 'path', path };
    const { tree, file } = await this.#find(named, signal);
    if (file.state.type !== 'directory') throw wrongPath(named, 'is no directory', 'a directory');
    const entries = await listArchive(tree, file.path, named, signal);
    // By code units, as everywhere.
    const names = [...entries.keys()].sort((a, b) => (a < b ? -1 : 1));
    return Promise.all(
      names.map((name) => infoOf(posix.join(path, name), entries.get(name), () => tree.stat(posix.join(file.path, name), signal))),
    );
  }

  async download(path: string, localPath: string, { recursive, signal = NEVER, ...options }: TransferOptions = {}): Promise<void> {
    const source: Named = { option: 'path', path, orDirectory: true };
    const target: Named = { option: 'localPath', path: localPath };
    const { tree, file } = await this.#find(source, signal);
    if (recursive && file.state.type === 'directory') {
      tree.refuseHiddenIn(file.path, source);
      await placeTree(resolve(localPath), target, signal, async (directory) => {
        const packed = await tree.archive(`${file.path}/.`, source, signal);
        await unpackTree(packed, { directory, named: target, source, signal });
      });
      return;
    }
    refuseUnlessRegular(file.state, source);
    await replaceFile(resolve(localPath), target, { ...options, signal }, async (copy) => {
      for await (const piece of contentOf(tree, file.path, source, signal)) await writeAll(copy, piece, signal);
    });
  }

  async write(): Promise<never> {
    throw readOnly('write');
  }

  async rename(): Promise<never> {
    throw readOnly('rename');
  }

  async remove(): Promise<never> {
    throw readOnly('remove');
  }

  async makeDirectory(): Promise<never> {
    throw readOnly('makeDirectory');
  }

  async upload(): Promise<never> {
    throw readOnly('upload');
  }

  async #find(named: Named, signal: AbortSignal): Promise<{ readonly tree: ArchiveTree; readonly file: Found }> {
    const tree = await this.#open(signal);
    return { tree, file: await findFile(tree, named, signal) };
  }

  async #regular(named: Named, signal: AbortSignal): Promise<{ readonly tree: ArchiveTree; readonly file: Found }> {
    const found = await this.#find(named, signal);
    refuseUnlessRegular(found.file.state, named);
    return found;
  }
}

function refuseUnlessRegular({ type }: FileState, named: Named): void {
  if (type !== 'file') throw notRegular(named, `a ${type}`);
}

async function infoOf(path: string, entry: TarEntry | undefined, stat: () => Promise<FileState | undefined>): Promise<FileInfo> {
  const { type = 'other', mode = 0, sizeBytes = 0, modifiedSeconds = 0 } = entry ?? {};
  const sameFile = type === 'link' ? await stat() : undefined;
  if (sameFile) return toInfo(path, sameFile);
  const told = { name: posix.basename(path), path, sizeBytes, mode, modifiedAt: new Date(modifiedSeconds * 1_000) };
  return { ...told, type: type === 'link' ? 'file' : type };
}

function toInfo(path: string, { type, sizeBytes, mode, modifiedAt }: FileState): FileInfo {
  const known = type === 'file' || type === 'directory' || type === 'symlink';
  return { name: posix.basename(path), path, type: known ? type : 'other', sizeBytes, mode, modifiedAt };
}
