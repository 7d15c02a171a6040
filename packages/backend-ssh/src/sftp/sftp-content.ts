import type { SftpSession } from '../sftp-client.ts';
import { SFTP_PIECE_BYTES } from '../sftp-client.ts';

/** So many requests are under way: where the way is long, each waits for its answer. */
const AT_ONCE = 8;

/** The bytes of an open file, in order, from one of them on. */
export async function* readPieces(sftp: SftpSession, handle: Buffer, sizeBytes: number, offset = 0): AsyncGenerator<Buffer> {
  const pieces: Promise<Buffer>[] = [];
  let position = offset;
  // The size is a guess: those of /proc tell 0. What is behind it is asked for one by one.
  const ask = (): void => {
    const length = Math.min(SFTP_PIECE_BYTES, sizeBytes - position);
    const piece = readFully(sftp, handle, position, length);
    piece.catch(() => {});
    pieces.push(piece);
    position += length;
  };
  while (pieces.length < AT_ONCE && position < sizeBytes) ask();
  for (let next = pieces.shift(); next; next = pieces.shift()) {
    const piece = await next;
    if (position < sizeBytes) ask();
    yield piece;
  }
  for (;;) {
    const piece = Buffer.allocUnsafe(SFTP_PIECE_BYTES);
    const bytes = await sftp.read(handle, piece, position);
    if (bytes === 0) return;
    position += bytes;
    yield piece.subarray(0, bytes);
  }
}

/** Less only at the end of the file, which was cut meanwhile. */
async function readFully(sftp: SftpSession, handle: Buffer, position: number, length: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const bytes = await sftp.read(handle, piece.subarray(filled), position + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return piece.subarray(0, filled);
}

/** Writes an open file from its beginning; a piece is copied, since it is free again when the next is asked for. */
export async function writePieces(
  sftp: SftpSession,
  handle: Buffer,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const underWay: Promise<void>[] = [];
  let position = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    const written = sftp.write(handle, Buffer.from(piece), position);
    written.catch(() => {});
    underWay.push(written);
    position += piece.length;
    if (underWay.length >= AT_ONCE) await underWay.shift();
  }
  await Promise.all(underWay);
}
