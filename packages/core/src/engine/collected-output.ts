import { ExecError } from '../errors.ts';
import type { Output } from '../output.ts';

/** What a log kept when its command ended. */
export class CollectedOutput implements Output {
  readonly totalBytes: number;
  readonly omittedBytes: number;
  readonly #headBlocks: readonly Buffer[];
  readonly #tailBlocks: readonly Buffer[];
  readonly #tailMax: number;

  constructor(head: readonly Buffer[], tail: readonly Buffer[], totalBytes: number, tailMax: number) {
    this.#headBlocks = head;
    this.#tailBlocks = tail;
    this.#tailMax = tailMax;
    this.totalBytes = totalBytes;
    // Blocks are dropped whole, so the first of them may be longer than what the tail is due.
    this.omittedBytes = totalBytes - size(head) - Math.min(size(tail), tailMax);
  }

  get head(): Uint8Array {
    return this.omittedBytes === 0 ? this.bytes : join(this.#headBlocks);
  }

  get tail(): Uint8Array {
    return this.omittedBytes === 0 ? new Uint8Array(0) : this.#keptTail();
  }

  get bytes(): Uint8Array {
    if (this.omittedBytes === 0) return join([...this.#headBlocks, ...this.#tailBlocks]);
    throw new ExecError(
      'EXEC_OUTPUT_OMITTED',
      `${this.omittedBytes} of ${this.totalBytes} bytes were not kept: raise maxOutputBytes, read head and tail, or stream the output.`,
    );
  }

  get text(): string {
    if (this.omittedBytes === 0) return decode(this.bytes);
    return `${decode(this.head)}\n[… ${this.omittedBytes} bytes omitted …]\n${decode(this.#keptTail())}`;
  }

  toString(): string {
    return this.text;
  }

  #keptTail(): Uint8Array {
    const tail = join(this.#tailBlocks);
    return tail.subarray(Math.max(0, tail.length - this.#tailMax));
  }
}

// Fatal faults become U+FFFD, and a byte order mark is a byte like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

function size(blocks: readonly Buffer[]): number {
  return blocks.reduce((sum, block) => sum + block.length, 0);
}

function join(blocks: readonly Buffer[]): Uint8Array {
  // A plain Uint8Array, not a Buffer: its slice() copies, as the type promises.
  const joined = new Uint8Array(size(blocks));
  let offset = 0;
  for (const block of blocks) {
    joined.set(block, offset);
    offset += block.length;
  }
  return joined;
}
