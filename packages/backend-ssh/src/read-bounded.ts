import { constants, type FileHandle, open } from 'node:fs/promises';

/** Longer key files are none: OpenSSH had this bound too (MAX_KEY_FILE_SIZE of its authfile.c). */
export const MAX_KEY_FILE_BYTES = 1_048_576;
/** For lists of hosts' keys. Room for 400,000 hashed names with an Ed25519 key each; beyond that reading them would be what takes the time. */
export const MAX_LIST_BYTES = 67_108_864;

const PIECE_BYTES = 65_536;

/** All of a file that may be anything: a FIFO nobody writes to, a device without an end, the wrong one. Rejects where it is longer. */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const file = await openBounded(path);
  try {
    return await readAll(file, maxBytes);
  } finally {
    await file.close();
  }
}

/** Opens it without waiting for whoever is at its other end. */
export async function openBounded(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if ((await file.stat()).isFIFO()) throw new Error('it is a FIFO');
    return file;
  } catch (fault) {
    await file.close();
    throw fault;
  }
}

/** From where it stands, at most so much. */
export async function readAll(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (size > maxBytes) throw tooLong(maxBytes);
  const pieces: Buffer[] = [];
  for (let total = 0; ; ) {
    // One byte more than its size tells in one call that this was all.
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.max(PIECE_BYTES, size + 1)));
    if (bytesRead === 0) return Buffer.concat(pieces, total);
    total += bytesRead;
    if (total > maxBytes) throw tooLong(maxBytes);
    pieces.push(buffer.subarray(0, bytesRead));
  }
}

function tooLong(maxBytes: number): Error {
  return new Error(`it is longer than ${maxBytes / 1_048_576} MiB`);
}
