import { Readable } from 'node:stream';
import { ExecError } from '../errors.ts';
import type { Cursor, OutputLog } from './output-log.ts';

/** A log as a Readable, from its first byte. It errors with `EXEC_OUTPUT_OMITTED` where something is missing. */
export class OutputReadable extends Readable {
  readonly #log: OutputLog;
  readonly #cursor: Cursor;
  #wanted = false;

  constructor(log: OutputLog) {
    // It holds one chunk at a time, since read() joins all that it holds in a new and larger buffer. The rest waits in the log.
    super({ highWaterMark: 1 });
    this.#log = log;
    this.#cursor = { offset: 0, wake: () => this.#fill() };
    log.attach(this.#cursor);
  }

  override _read(): void {
    this.#wanted = true;
    // A read() that is giving the chunk that it holds asks for the next one before.
    if (this.readableLength === 0) this.#fill();
    else process.nextTick(() => this.destroyed || this.#fill());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#log.release(this.#cursor);
    callback(error);
  }

  #fill(): void {
    while (this.#wanted) {
      const expected = this.#cursor.offset;
      const block = this.#log.peek(this.#cursor);
      if (block && block.offset > expected) return this.#omitted(block.offset - expected);
      if (!block) {
        if (!this.#log.ended) return;
        const missing = this.#log.totalBytes - expected;
        if (missing > 0) return this.#omitted(missing);
        this.#wanted = false;
        this.push(null);
        return;
      }
      // Asked before the cursor moves: moving it may let the source give more, and that comes back here.
      this.#wanted = false;
      this.#log.next(this.#cursor);
      this.#wanted = this.push(block.data) || this.#wanted;
    }
  }

  #omitted(bytes: number): void {
    this.#wanted = false;
    this.destroy(
      new ExecError('EXEC_OUTPUT_OMITTED', `${bytes} bytes were omitted before they were read: raise maxOutputBytes, or read sooner.`),
    );
  }
}
