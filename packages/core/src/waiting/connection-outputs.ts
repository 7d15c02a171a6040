import { Readable } from 'node:stream';

/** The most that is taken although nobody reads it; see `#takesAll`. */
const TAKEN_BYTES = 8 * 2 ** 20;
/** More than what is on the way at a time: what a daemon copies, and what both ends' kernels hold. */
const AHEAD_BYTES = 2 ** 20;

export type OutputName = 'stdout' | 'stderr';

/** The connection that they come over, and what comes. */
export interface ConnectionOutputsParts {
  pause(): void;
  resume(): void;
  /** A launcher's frame on stderr comes before anything is read. */
  readonly isLaunched: boolean;
  /** All of it comes as stdout, so that nothing waits behind anything else. */
  readonly isOne: boolean;
}

/** Both streams of a command's output where they come over one connection, which is held back where one of their readers wants no more. */
export class ConnectionOutputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly #parts: ConnectionOutputsParts;
  readonly #held = new Set<OutputName>();
  #hasBegun: boolean;
  #isReleased = false;
  #stillSince = performance.now();

  constructor(parts: ConnectionOutputsParts) {
    this.#parts = parts;
    this.#hasBegun = !parts.isLaunched;
    this.stdout = this.#make('stdout');
    this.stderr = this.#make('stderr');
  }

  /** Whether a reader holds the sender back. */
  get isHeld(): boolean {
    return this.#held.size > 0;
  }

  /** When something came last, or a reader let it come again, by `performance.now()`. */
  get stillSince(): number {
    return this.#stillSince;
  }

  /** Of what has come; `flow` is to be called behind the last of it. */
  give(name: OutputName, piece: Uint8Array): void {
    if (name === 'stderr') this.#hasBegun = true;
    const stream = this[name];
    if (piece.length > 0 && !stream.destroyed && !stream.push(piece)) this.#held.add(name);
  }

  /** Takes more of the connection, or no more for now. */
  flow(): void {
    this.#stillSince = performance.now();
    if (!this.isHeld || this.#takesAll) this.#parts.resume();
    else this.#parts.pause();
  }

  /** The process is over: what is still on its way is taken whether or not it is read. */
  release(): void {
    this.#isReleased = true;
    this.flow();
  }

  /** Nothing comes any more. */
  end(): void {
    for (const stream of [this.stdout, this.stderr]) if (!stream.destroyed) stream.push(null);
  }

  /**
   * Once the process is over the rest is soon here, and who sends it may wait for it to be taken, and drop it. And of two streams that were written
   * one after the other, much of the second may be sent first: who waits for a frame on stderr reads no stdout meanwhile.
   */
  get #takesAll(): boolean {
    const most = this.#isReleased || !this.#hasBegun ? TAKEN_BYTES : this.#parts.isOne ? 0 : AHEAD_BYTES;
    return this.stdout.readableLength + this.stderr.readableLength < most;
  }

  #make(name: OutputName): Readable {
    const release = (): void => {
      if (this.#held.delete(name)) this.flow();
    };
    return new Readable({
      read: release,
      // What still comes of it is dropped.
      destroy: (fault, done) => {
        release();
        done(fault);
      },
    }).on('error', () => {});
  }
}
