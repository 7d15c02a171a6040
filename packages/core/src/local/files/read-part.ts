import { about, type Named } from '../../files/file-errors.ts';
import { joined } from '../../files/joined.ts';
import { longerThan, type ReadPart } from '../../files/read-bound.ts';
import { openRegular } from './open-regular.ts';

/** How much one system call reads: what an abort may have to wait for. */
const PIECE_BYTES = 1_048_576;
const SPARE_BYTES = 65_536;

/** All of a file, or a part of it, in one copy where its size was true. */
export async function readPart(
  file: string,
  named: Named,
  { maxBytes, offset, lengthBytes }: ReadPart,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { handle, sizeBytes } = await openRegular(file, named);
  try {
    return await about(named, async () => {
      const blocks: Uint8Array[] = [];
      let total = 0;
      // The size is a guess: a file may grow, those of /proc tell 0, those of /sys a page. So what follows is looked for.
      for (let capacity = Math.min(Math.max(0, sizeBytes - offset), maxBytes + 1); ; capacity = SPARE_BYTES) {
        const wanted = Math.min(capacity, lengthBytes - total);
        const block = await fill(offset + total, wanted);
        total += block.length;
        if (total > maxBytes) break;
        if (block.length > 0) blocks.push(block);
        if (block.length < wanted || total >= lengthBytes) return joined(blocks, total);
      }
      throw longerThan(maxBytes, named);
    });
  } finally {
    await handle.close();
  }

  /** What comes there, up to so many bytes; fewer only at the end. */
  async function fill(begin: number, capacity: number): Promise<Uint8Array> {
    const block = new Uint8Array(capacity);
    let length = 0;
    while (length < capacity) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(block, length, Math.min(PIECE_BYTES, capacity - length), begin + length);
      if (bytesRead === 0) return block.slice(0, length);
      length += bytesRead;
    }
    return block;
  }
}
