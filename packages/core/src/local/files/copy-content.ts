import type { FileHandle } from 'node:fs/promises';
import { about, type Named } from '../../files/file-errors.ts';

const PIECE_BYTES = 1_048_576;

/** Copies what is left of `from` to `to`. A fault of reading is about `source`. */
export async function copyContent(from: FileHandle, source: Named, to: FileHandle, signal: AbortSignal | undefined): Promise<void> {
  const piece = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await about(source, () => from.read(piece, 0, PIECE_BYTES, null));
    if (bytesRead === 0) return;
    await writeAll(to, piece.subarray(0, bytesRead), signal);
  }
}

/** Writes all of `content`, piece by piece, so that an abort need not wait for all of it. */
export async function writeAll(to: FileHandle, content: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  for (let at = 0; at < content.length; ) {
    signal?.throwIfAborted();
    const { bytesWritten } = await to.write(content, at, Math.min(PIECE_BYTES, content.length - at), null);
    at += bytesWritten;
  }
}
