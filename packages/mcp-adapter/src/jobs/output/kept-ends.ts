import type { ShownSource } from '../../shown-output.ts';
import type { ReadRaw } from './text-page.ts';

/** The first and the last bytes of a stream, `maxBytes` in all, as far as they are kept. */
export async function keptEnds(read: ReadRaw, totalBytes: number, maxBytes: number): Promise<ShownSource> {
  const wanted = totalBytes <= maxBytes ? totalBytes : Math.ceil(maxBytes / 2);
  const first = await read(0, wanted);
  const head = first.offset === 0 ? first.bytes.subarray(0, wanted) : Buffer.alloc(0);
  if (head.length === totalBytes) return { totalBytes, omittedBytes: 0, head, tail: Buffer.alloc(0) };
  const tail = await lastBytes(read, Math.max(head.length, totalBytes - Math.floor(maxBytes / 2)), totalBytes);
  return { totalBytes, omittedBytes: totalBytes - head.length - tail.length, head, tail };
}

/** Those that lie together at the very end. */
async function lastBytes(read: ReadRaw, from: number, totalBytes: number): Promise<Buffer> {
  let offset = from;
  while (offset < totalBytes) {
    const page = await read(offset, totalBytes - offset);
    const end = page.offset + page.bytes.length;
    if (end >= totalBytes) return page.bytes.subarray(0, Math.max(0, totalBytes - page.offset));
    if (page.bytes.length === 0) break;
    offset = end;
  }
  return Buffer.alloc(0);
}
