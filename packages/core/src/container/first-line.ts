import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** Takes what comes before the first newline; the rest is left to be read. Undefined where the stream ends without. */
export async function firstLine(stream: Readable, signal: AbortSignal): Promise<string | undefined> {
  let line = Buffer.alloc(0);
  for (;;) {
    const piece: Buffer | null = stream.read();
    if (piece) {
      line = Buffer.concat([line, piece]);
      const end = line.indexOf('\n');
      if (end >= 0) {
        if (end + 1 < line.length) stream.unshift(line.subarray(end + 1));
        return line.subarray(0, end).toString('latin1').trimEnd();
      }
    } else if (stream.readableEnded || stream.destroyed) return undefined;
    else await Promise.race([once(stream, 'readable', { signal }), once(stream, 'end', { signal })]);
  }
}
