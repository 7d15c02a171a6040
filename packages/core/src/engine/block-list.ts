/** Pieces of output in order, dropped from the front. */
export interface Block {
  /** Where it begins in its stream. */
  readonly offset: number;
  /** Its place in the order in which both streams' pieces arrived. */
  readonly order: number;
  readonly data: Buffer;
}

// A command that prints byte by byte would otherwise cost some 200 bytes of bookkeeping for each of them.
const SMALL_BYTES = 4096;
const OPEN_BLOCK_BYTES = 16_384;
/** A run may be short: what is left over between large chunks, say. So its blocks grow. */
const FIRST_BLOCK_BYTES = 1_024;
const SMALL_BLOCKS_KEPT_APART = 8;
/** Takes a dropped block's place until the array is cut, so that the block's memory is free at once. */
const DROPPED: Block = { offset: 0, order: 0, data: Buffer.alloc(0) };

/** A queue of blocks that keeps large chunks as they are and copies runs of small ones together. */
export class BlockList {
  bytes = 0;
  #blocks: Block[] = [];
  #first = 0;
  /** Memory behind the last block that further small chunks are copied to. */
  #open: Buffer | undefined;

  get length(): number {
    return this.#blocks.length - this.#first;
  }

  first(): Block | undefined {
    return this.#blocks[this.#first];
  }

  push(data: Buffer, offset: number, order: number): void {
    this.bytes += data.length;
    if (data.length >= SMALL_BYTES || this.length < SMALL_BLOCKS_KEPT_APART) {
      this.#open = undefined;
      this.#blocks.push({ data, offset, order });
    } else {
      this.#append(data, offset, order);
    }
  }

  /** Drops the first block. */
  shift(): void {
    const block = this.first();
    if (!block) return;
    this.bytes -= block.data.length;
    this.#blocks[this.#first++] = DROPPED;
    if (this.#first < 1024) return;
    this.#blocks = this.#blocks.slice(this.#first);
    this.#first = 0;
  }

  /** Drops the first bytes of the first block, which has more. */
  cut(bytes: number): void {
    const block = this.first();
    if (!block || bytes >= block.data.length) return;
    this.bytes -= bytes;
    this.#blocks[this.#first] = { ...block, offset: block.offset + bytes, data: block.data.subarray(bytes) };
  }

  /** Copies what is a small part of a large buffer, so that the buffer is free. Pieces may share one: then they are a part of it together. */
  compact(): void {
    this.#open = undefined;
    const blocks = this.#blocks.slice(this.#first);
    const used = new Map<ArrayBufferLike, number>();
    for (const { data } of blocks) used.set(data.buffer, (used.get(data.buffer) ?? 0) + data.length);
    const isSmallPart = ({ data }: Block): boolean => data.buffer.byteLength > 2 * (used.get(data.buffer) ?? 0);
    this.#blocks = blocks.map((block) => (isSmallPart(block) ? { ...block, data: copyOf(block.data) } : block));
    this.#first = 0;
  }

  clear(): void {
    this.bytes = 0;
    this.#blocks = [];
    this.#first = 0;
    this.#open = undefined;
  }

  /** The block that holds `offset`, or else the first one after it. */
  find(offset: number): Block | undefined {
    let low = this.#first;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = this.#blocks[middle];
      if (block && block.offset + block.data.length <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#blocks[low];
  }

  /** Everything that is kept, in order. */
  all(): readonly Buffer[] {
    return this.#blocks.slice(this.#first).map((block) => block.data);
  }

  #append(data: Buffer, offset: number, order: number): void {
    const last = this.#blocks.at(-1);
    if (!last || !this.#open || last.data.length + data.length > this.#open.length) {
      const room = this.#open ? Math.min(2 * this.#open.length, OPEN_BLOCK_BYTES) : FIRST_BLOCK_BYTES;
      this.#open = Buffer.allocUnsafeSlow(Math.max(room, data.length));
      data.copy(this.#open);
      this.#blocks.push({ data: this.#open.subarray(0, data.length), offset, order });
      return;
    }
    data.copy(this.#open, last.data.length);
    this.#blocks[this.#blocks.length - 1] = { ...last, data: this.#open.subarray(0, last.data.length + data.length) };
  }
}

function copyOf(data: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(data.length);
  data.copy(copy);
  return copy;
}
