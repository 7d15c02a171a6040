import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/** Bytes after which the slow reader rests for a millisecond. */
const stretch = 4 * 2 ** 20;

/** Reads chunks to their end, slower than they could come: a turn of the event loop after each, a rest now and then. */
export async function slowly(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  let rested = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes - rested < stretch) await turn();
    else {
      rested = bytes;
      await delay(1);
    }
  }
  return bytes;
}
