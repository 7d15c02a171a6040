import type { OutputName } from '@errand/core/waiting';

/** What is told of each piece; a view of the bytes that were given, not a copy. */
export type Take = (stream: OutputName, piece: Buffer) => void;

/** A stream type, three unused bytes, and the length in four, most significant first. */
const HEADER_BYTES = 8;
/** What a daemon calls stdin (0) is what it gives back of it; and 3 is what it has to say itself. */
const STREAMS: readonly (OutputName | undefined)[] = ['stdout', 'stdout', 'stderr', 'stderr'];

/**
 * Takes apart a stream that Docker has put together of two. Payload is passed on as it comes, so nothing is gathered however large a frame
 * is, and only a header that is cut anywhere is kept.
 */
export class FrameParser {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #known = 0;
  #left = 0;
  #stream: OutputName = 'stdout';

  /** Whether a frame has begun and not ended: more must come. */
  get isWithin(): boolean {
    return this.#known > 0 || this.#left > 0;
  }

  /** @throws Error where it is no such stream */
  parse(bytes: Buffer, take: Take): void {
    for (let at = 0; at < bytes.length; ) at = this.#left > 0 ? this.#payload(bytes, at, take) : this.#head(bytes, at);
  }

  #payload(bytes: Buffer, at: number, take: Take): number {
    const piece = bytes.subarray(at, at + this.#left);
    this.#left -= piece.length;
    take(this.#stream, piece);
    return at + piece.length;
  }

  #head(bytes: Buffer, at: number): number {
    const copied = bytes.copy(this.#header, this.#known, at, at + HEADER_BYTES - this.#known);
    this.#known += copied;
    if (this.#known === HEADER_BYTES) this.#begin();
    return at + copied;
  }

  #begin(): void {
    const stream = STREAMS[this.#header[0] ?? -1];
    if (stream === undefined || this.#header.readUIntBE(1, 3) !== 0) throw new Error('what the daemon sent is no multiplexed stream');
    this.#stream = stream;
    this.#left = this.#header.readUInt32BE(4);
    this.#known = 0;
  }
}
