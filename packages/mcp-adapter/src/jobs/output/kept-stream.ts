import { type FileHandle, open } from 'node:fs/promises';
import type { OutputChunk } from '@errand/core';
import { type RawPage, readSegments } from './read-segments.ts';
import { FileSegment, MemorySegment, type Segment } from './segment.ts';
import { segmentFile } from './segment-files.ts';

/** Into how many parts the newest half is cut: the oldest is given up when there is no room. */
const TAIL_PARTS = 4;

/**
 * One stream of a command while it comes: in memory at first, and in files once `spill()` said where. Of more than `maxBytes` the
 * first half and the newest are kept, and what lies between is gone: at most a part more than it must be.
 */
export class KeptStream {
  totalBytes = 0;
  ended = false;
  readonly #stream: OutputChunk['stream'];
  readonly #headMax: number;
  readonly #partMax: number;
  readonly #maxBytes: number;
  readonly #segments: (MemorySegment | FileSegment)[] = [];
  readonly #waiting = new Set<() => void>();
  #directory: string | undefined;
  #file: FileHandle | undefined;

  constructor(stream: OutputChunk['stream'], maxBytes: number) {
    this.#stream = stream;
    this.#maxBytes = maxBytes;
    this.#partMax = Math.max(1, Math.floor(maxBytes / 2 / TAIL_PARTS));
    this.#headMax = maxBytes - TAIL_PARTS * this.#partMax;
  }

  get keptBytes(): number {
    return this.#segments.reduce((sum, { length }) => sum + length, 0);
  }

  /** Takes the next bytes; those between the last ones and `offset` were lost before. To be called one after another. */
  async write(data: Uint8Array, offset: number): Promise<void> {
    if (this.#directory === undefined) this.#segmentInMemory(offset).append(data);
    else await this.#writeToFiles(data, offset).catch(() => this.#giveUpFile());
    this.totalBytes = offset + data.length;
    this.#wake();
  }

  /** From now on in files of this directory, with what there is already. Not while `write` is under way. */
  async spill(directory: string): Promise<void> {
    this.#directory = directory;
    const inMemory = this.#segments.splice(0).filter((segment) => segment instanceof MemorySegment);
    for (const segment of inMemory) {
      // Where no file can be written what is here stays here.
      await this.#writeToFiles(segment.bytes, segment.start).catch(async () => {
        await this.#giveUpFile();
        this.#segments.push(segment);
      });
    }
    if (this.ended) await this.#giveUpFile();
  }

  /** There will be no more; `totalBytes` counts those that nobody kept. */
  async end(totalBytes: number): Promise<void> {
    this.totalBytes = Math.max(this.totalBytes, totalBytes);
    this.ended = true;
    await this.#giveUpFile();
    this.#wake();
  }

  async read(offset: number, maxBytes: number): Promise<RawPage> {
    for (;;) {
      const segments: readonly Segment[] = [...this.#segments];
      try {
        return await readSegments({ segments, totalBytes: this.totalBytes, ended: this.ended }, offset, maxBytes);
      } catch (error) {
        // One was given up meanwhile: what is there now begins later.
        if (segments.every((segment) => this.#segments.some((kept) => kept === segment))) throw error;
      }
    }
  }

  /** Resolves when there is a byte behind `offset`, or the end, or the signal aborts. */
  async waitBeyond(offset: number, signal: AbortSignal): Promise<void> {
    while (this.totalBytes <= offset && !this.ended && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.#waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #segmentInMemory(offset: number): MemorySegment {
    const last = this.#segments.at(-1);
    if (last instanceof MemorySegment && last.start + last.length === offset) return last;
    const segment = new MemorySegment(offset);
    this.#segments.push(segment);
    return segment;
  }

  async #writeToFiles(data: Uint8Array, offset: number): Promise<void> {
    let written = 0;
    while (written < data.length) {
      const segment = await this.#segmentFor(offset + written);
      const part = data.subarray(written, written + this.#roomIn(segment));
      await this.#file?.appendFile(part);
      segment.length += part.length;
      written += part.length;
      // Who reads meanwhile must not be given bytes that the count does not have.
      this.totalBytes = Math.max(this.totalBytes, offset + written);
    }
  }

  /** The file that takes the byte at `offset`: the last one, while it has room. */
  async #segmentFor(offset: number): Promise<FileSegment> {
    const last = this.#segments.at(-1);
    const fits = last instanceof FileSegment && last.start + last.length === offset && this.#roomIn(last) > 0;
    if (this.#file && fits) return last;
    await this.#giveUpFile();
    while (this.keptBytes + this.#partMax > this.#maxBytes && this.#segments.length > 1) await this.#giveUpOldest();
    if (this.#directory === undefined) throw new Error('there is no directory yet');
    const segment = new FileSegment(segmentFile(this.#directory, this.#stream, offset), offset, 0);
    this.#file = await open(segment.path, 'ax', 0o600);
    this.#segments.push(segment);
    return segment;
  }

  #roomIn(segment: Segment): number {
    return (segment === this.#segments[0] ? this.#headMax : this.#partMax) - segment.length;
  }

  /** The first one is the head, and stays. */
  async #giveUpOldest(): Promise<void> {
    const [oldest] = this.#segments.splice(1, 1);
    if (oldest instanceof FileSegment) await oldest.remove();
  }

  /** After a fault what comes next begins a file of its own: what lies between was not kept. */
  async #giveUpFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }
}
