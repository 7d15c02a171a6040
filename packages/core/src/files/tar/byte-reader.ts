/** Takes bytes that come in pieces of any length. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next bytes, as many as are at hand but not more than `bytes`; none at the end. */
  async next(bytes: number): Promise<Uint8Array> {
    while (this.#held.length === 0) {
      const { done, value } = await this.#source.next();
      if (done) return this.#held;
      this.#held = value;
    }
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /** A copy of the next bytes, so many; fewer only at the end. */
  async take(bytes: number): Promise<Buffer> {
    const taken = Buffer.alloc(bytes);
    let length = 0;
    while (length < bytes) {
      const next = await this.next(bytes - length);
      if (next.length === 0) break;
      taken.set(next, length);
      length += next.length;
    }
    return taken.subarray(0, length);
  }

  /** Lets go of what they come from, which may have files open. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Whether so many bytes came, which nobody wants. */
  async skip(bytes: number): Promise<boolean> {
    for (let left = bytes; left > 0; ) {
      const next = await this.next(left);
      if (next.length === 0) return false;
      left -= next.length;
    }
    return true;
  }
}
