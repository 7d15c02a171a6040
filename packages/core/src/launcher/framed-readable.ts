import { Readable } from 'node:stream';

/** A login shell that prints more than this before the command is not waited for. */
const MAX_NOISE_BYTES = 1 << 20;
/** No frame is longer. */
const MAX_FRAME_BYTES = 512;
const KEPT_NOISE_BYTES = 200;
const NEWLINE = 10;

/**
 * One stream of a launcher: drops what comes before its frame, tells the frame, and passes on the rest as it is, with
 * back-pressure.
 */
export class FramedReadable extends Readable {
  /** The words of the frame; undefined when the stream ended without one. */
  readonly frame: Promise<readonly string[] | undefined>;
  readonly #source: Readable;
  readonly #nonce: string;
  readonly #tell: (frame: readonly string[] | undefined) => void;
  #found = false;
  #head: Buffer = Buffer.alloc(0);
  #noise: Buffer = Buffer.alloc(0);
  #noiseBytes = 0;

  constructor(source: Readable, nonce: string, highWaterMark: number = source.readableHighWaterMark) {
    super({ highWaterMark });
    const { promise, resolve } = Promise.withResolvers<readonly string[] | undefined>();
    this.frame = promise;
    this.#tell = resolve;
    this.#source = source;
    this.#nonce = nonce;
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.once('end', () => this.#end());
    source.once('close', () => this.#close());
    source.once('error', (error) => this.#fail(error));
    // Nobody may listen yet.
    this.on('error', () => {});
  }

  /** The first bytes that came before the frame, for an error message. */
  get noise(): string {
    return this.#noise.toString().trim();
  }

  override _read(): void {
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#tell(undefined);
    this.#source.destroy();
    callback(error);
  }

  #take(chunk: Buffer): void {
    const rest = this.#found ? chunk : this.#seek(chunk);
    if (rest.length > 0 && !this.push(rest)) this.#source.pause();
  }

  /** Returns what follows the frame; nothing while it did not come whole. */
  #seek(chunk: Buffer): Buffer {
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    for (let from = 0; ; ) {
      const at = this.#head.indexOf(this.#nonce, from, 'latin1');
      const end = at < 0 ? -1 : this.#head.indexOf(NEWLINE, at);
      if (end < 0) return this.#wait(at);
      // In a terminal a line ends with a carriage return as well.
      const words = this.#head.toString('latin1', at + this.#nonce.length + 1, end).replace(/\r$/, '');
      // A shell that traces what it reads shows the nonce as well.
      if (/^(begin|ready|(started|unguarded) \d+ \d+|refused [\w.-]+)$/.test(words)) return this.#begin(words, at, end);
      from = end;
    }
  }

  #begin(words: string, at: number, end: number): Buffer {
    const rest = this.#head.subarray(end + 1);
    this.#drop(at);
    this.#found = true;
    this.#head = Buffer.alloc(0);
    this.#tell(words.split(' '));
    return rest;
  }

  /** Keeps only what may be the beginning of a frame. */
  #wait(at: number): Buffer {
    const keep = at < 0 || this.#head.length - at > MAX_FRAME_BYTES ? this.#nonce.length - 1 : this.#head.length - at;
    this.#drop(Math.max(0, this.#head.length - keep));
    if (this.#noiseBytes > MAX_NOISE_BYTES) this.destroy();
    return Buffer.alloc(0);
  }

  #drop(bytes: number): void {
    const room = KEPT_NOISE_BYTES - this.#noise.length;
    if (room > 0) this.#noise = Buffer.concat([this.#noise, this.#head.subarray(0, Math.min(room, bytes))]);
    this.#head = this.#head.subarray(bytes);
    this.#noiseBytes += bytes;
  }

  #end(): void {
    this.#drop(this.#head.length);
    this.#tell(undefined);
    this.push(null);
  }

  #close(): void {
    if (!this.#source.readableEnded) this.destroy();
  }

  #fail(error: Error): void {
    // Before the frame nobody reads this stream, and the missing frame says it.
    if (this.#found) this.destroy(error);
    else this.destroy();
  }
}
