import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Named, readTar, toFileError } from '@errand/core/files';
import type { ArchiveTree } from './archive-tree.ts';

/** The bytes of one file, in pieces. Who leaves it early ends the connection. */
export async function* contentOf(tree: ArchiveTree, path: string, named: Named, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const packed = await tree.archive(path, named, signal);
  const out = new PassThrough();
  const taken = take(packed, out, named);
  taken.catch((fault: Error) => out.destroy(fault));
  try {
    yield* out as AsyncIterable<Buffer>;
    await taken;
  } finally {
    packed.destroy();
    out.destroy();
  }
}

async function take(packed: AsyncIterable<Uint8Array>, out: PassThrough, named: Named): Promise<void> {
  let isFound = false;
  const isWhole = await readTar(packed, async ({ type }, content) => {
    if (isFound || type !== 'file') return;
    isFound = true;
    await pipeline(content, out);
  });
  if (!isFound || !isWhole) throw toFileError(new Error('the daemon did not send all of it'), named);
}
