import { Readable } from 'node:stream';

/** One stream of a command's output, which takes no more than its reader wants. */
export class OutputStream extends Readable {
  #wanted: (() => void) | undefined;
  #isWaitedFor = true;

  constructor() {
    super();
    this.once('close', () => this.#want());
  }

  override _read(): void {
    this.#want();
  }

  /** Whether the reader wants more already; else `wanted` resolves when it does. */
  give(data: Uint8Array): boolean {
    return this.destroyed || this.push(data);
  }

  /** Resolves when the reader wants more, is gone, or is not waited for. */
  wanted(): Promise<void> {
    if (this.destroyed || !this.#isWaitedFor || this.readableLength < this.readableHighWaterMark) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  /** Its reader is waited for no more. */
  readOn(): void {
    this.#isWaitedFor = false;
    this.#want();
  }

  end(): void {
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }

  #want(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }
}
