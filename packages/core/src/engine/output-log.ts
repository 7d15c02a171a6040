import { type Block, BlockList } from './block-list.ts';
import { CollectedOutput } from './collected-output.ts';

/** Where a reader stands in a log; what lies from there on is kept for it. */
export interface Cursor {
  offset: number;
  /** Called when there is more to read, or the log ended. */
  wake: () => void;
}

const nothing = (): void => {};

/**
 * One stream's output while it comes: its head, its tail, and whatever an attached reader has yet to read. All views of a
 * command's output (the result, the Readable, the iterator) are read from here, so nothing is kept twice.
 */
export class OutputLog {
  totalBytes = 0;
  ended = false;
  /** How many bytes of the stream lie before the first one here. */
  readonly base: number;
  /** Called when a reader moved on or left. */
  onAdvance: () => void = nothing;
  readonly #headMax: number;
  readonly #tailMax: number;
  #isCut = false;
  readonly #head = new BlockList();
  readonly #tail = new BlockList();
  readonly #cursors = new Set<Cursor>();
  /** Those for which what they have not read is kept. */
  readonly #waitedFor = new Set<Cursor>();

  constructor(maxBytes: number, base = 0) {
    this.base = base;
    this.#headMax = Math.floor(maxBytes / 2);
    this.#tailMax = maxBytes - this.#headMax;
  }

  append(chunk: Buffer, order: number): void {
    const room = this.#headMax - this.#head.bytes;
    if (room > 0) this.#head.push(chunk.length > room ? chunk.subarray(0, room) : chunk, this.totalBytes, order);
    if (chunk.length > room) this.#tail.push(room > 0 ? chunk.subarray(room) : chunk, this.totalBytes + Math.max(room, 0), order);
    this.totalBytes += chunk.length;
    this.#wake();
    this.#trim();
  }

  /** Counts bytes that lie behind all that came, and that nobody kept. */
  cut(bytes: number): void {
    if (bytes === 0) return;
    // What is kept then ends where they begin.
    if (this.keptBytes < this.totalBytes) this.#tail.clear();
    this.#isCut = true;
    this.totalBytes += bytes;
  }

  end(): void {
    this.ended = true;
    // A log may be kept for long after, and must not keep all that its source knows.
    this.onAdvance = nothing;
    this.#wake();
  }

  attach(cursor: Cursor): void {
    this.#cursors.add(cursor);
    this.#waitedFor.add(cursor);
  }

  release(cursor: Cursor): void {
    this.#waitedFor.delete(cursor);
    if (this.#cursors.delete(cursor)) this.#advanced();
  }

  /** Waits for no reader any more: what they have not read is kept no longer than the tail is, and they meet the gap. */
  releaseAll(): void {
    this.#waitedFor.clear();
    this.#advanced();
  }

  /** The next bytes for a cursor, which then stands behind them; a gap is passed over and shows in `offset`. */
  next(cursor: Cursor): Block | undefined {
    const block = this.peek(cursor);
    if (!block) return undefined;
    cursor.offset = block.offset + block.data.length;
    this.#advanced();
    return block;
  }

  peek(cursor: Cursor): Block | undefined {
    const block = (cursor.offset < this.#head.bytes ? this.#head : this.#tail).find(cursor.offset);
    if (!block) return undefined;
    const passed = cursor.offset - block.offset;
    return passed <= 0 ? block : { offset: cursor.offset, order: block.order, data: block.data.subarray(passed) };
  }

  /** How many bytes the slowest attached reader has yet to read. */
  get lag(): number {
    return this.totalBytes - this.#slowest();
  }

  /** The command is over: what is kept is cut to its bounds, and holds on to no larger buffers than it needs. */
  settle(): void {
    const surplus = this.#tail.bytes - this.#tailMax;
    const first = this.#tail.first();
    if (first && surplus > 0 && first.offset + surplus <= this.#slowest()) this.#tail.cut(surplus);
    this.#head.compact();
    this.#tail.compact();
  }

  get keptBytes(): number {
    return this.#head.bytes + this.#tail.bytes;
  }

  /** Drops all that is kept: it counts as omitted from then on. */
  forget(): void {
    this.#head.clear();
    this.#tail.clear();
  }

  collect(): CollectedOutput {
    const head = this.#head.all();
    const tail = this.#tail.all();
    return this.#isCut
      ? new CollectedOutput([...head, ...tail], [], this.totalBytes, this.#tailMax)
      : new CollectedOutput(head, tail, this.totalBytes, this.#tailMax);
  }

  #slowest(): number {
    let offset = this.totalBytes;
    for (const cursor of this.#waitedFor) offset = Math.min(offset, cursor.offset);
    return offset;
  }

  #wake(): void {
    for (const cursor of this.#cursors) cursor.wake();
  }

  #advanced(): void {
    this.#trim();
    this.onAdvance();
  }

  /** Drops what is neither part of the tail nor still to be read by somebody. */
  #trim(): void {
    if (this.#tail.bytes <= this.#tailMax) return;
    const wanted = this.#slowest();
    for (let block = this.#tail.first(); block; block = this.#tail.first()) {
      if (this.#tail.bytes - block.data.length < this.#tailMax || block.offset + block.data.length > wanted) return;
      this.#tail.shift();
    }
  }
}
