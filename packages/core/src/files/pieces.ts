import type { FileHandle } from 'node:fs/promises';
import { about, type Named } from './file-errors.ts';

const PIECE_BYTES = 262_144;

export async function* piecesOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
}

/** What is left of a file. A piece is good until the next one is asked for. */
export async function* piecesOfFile(from: FileHandle, named: Named): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await about(named, () => from.read(piece, 0, PIECE_BYTES, null));
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
  }
}
