import { type FileHandle, open, rm } from 'node:fs/promises';

/** Contiguous bytes of a stream. What is written only grows, so that a crash leaves less of it and never anything else. */
export interface Segment {
  /** Where it begins in its stream, in bytes. */
  readonly start: number;
  readonly length: number;
  /** Bytes from `position` of the segment on, at most `length`. Rejects when it is gone meanwhile. */
  read(position: number, length: number): Promise<Buffer>;
}

/** In memory, while a command may turn out to need no file. */
export class MemorySegment implements Segment {
  readonly start: number;
  length = 0;
  #chunks: Buffer[] = [];

  constructor(start: number) {
    this.start = start;
  }

  append(data: Uint8Array): void {
    // What came may be a view of a larger buffer, and hold on to all of that.
    this.#chunks.push(Buffer.from(data));
    this.length += data.length;
  }

  get bytes(): Buffer {
    const [first, second] = this.#chunks;
    if (first && !second) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  async read(position: number, length: number): Promise<Buffer> {
    return this.bytes.subarray(position, position + length);
  }
}

/** In a file of its own. */
export class FileSegment implements Segment {
  readonly start: number;
  readonly path: string;
  length: number;

  constructor(path: string, start: number, length: number) {
    this.path = path;
    this.start = start;
    this.length = length;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const file = await open(this.path, 'r');
    try {
      return await readWhole(file, position, Math.min(length, this.length - position));
    } finally {
      await file.close();
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

async function readWhole(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.max(0, length));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
