import { ExecError, isExecError } from '@errand/core';
import { type Named, readTar, type TarEntry, toFileError } from '@errand/core/files';
import type { ArchiveTree } from './archive-tree.ts';

/** A daemon packs all that is in a directory, and meanwhile the container starts nothing. */
const MAX_BYTES = 2 ** 28;

/** What is directly inside a directory, by name; of a further name of the same file its size is not told. */
export async function listArchive(tree: ArchiveTree, directory: string, named: Named, signal: AbortSignal): Promise<Map<string, TarEntry>> {
  const packed = await tree.archive(`${directory}/.`, named, signal);
  const entries = new Map<string, TarEntry>();
  try {
    const isWhole = await readTar(bounded(packed, named), async (entry) => {
      const parts = entry.name.toString().split('/');
      const [name, ...deeper] = parts.filter((part) => part !== '.' && part !== '');
      if (name !== undefined && deeper.length === 0) entries.set(name, entry);
    });
    if (!isWhole) throw new Error('the daemon did not send all of it');
  } catch (fault) {
    signal.throwIfAborted();
    throw isExecError(fault) ? fault : toFileError(fault, named);
  } finally {
    packed.destroy();
  }
  return entries;
}

async function* bounded(packed: AsyncIterable<Uint8Array>, { path }: Named): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const piece of packed) {
    total += piece.length;
    if (total > MAX_BYTES) throw tooMuch(path);
    yield piece;
  }
}

function tooMuch(path: string): ExecError {
  const message = `'${path}' cannot be listed: without a shell the daemon sends all that is in it, which is more than 256 MiB. List a directory inside.`;
  return new ExecError('EXEC_UNAVAILABLE', message, { detail: { what: 'file', name: path } });
}
