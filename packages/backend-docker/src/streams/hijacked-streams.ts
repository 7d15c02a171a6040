import { type Duplex, Readable, Writable } from 'node:stream';
import { FrameParser, type OutputStream } from './frame-parser.ts';

/** The most that is taken although nobody reads it; see `#takesAll`. */
const TAKEN_BYTES = 8 * 2 ** 20;
/** More than what is on the way at a time: what a daemon copies, and what both ends' kernels hold. */
const AHEAD_BYTES = 2 ** 20;

/** The streams of one connection that a daemon has made over to a process. */
export class HijackedStreams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Empty where all comes as one, in a terminal. */
  readonly stderr: Readable;
  /** Resolves when the daemon ended it; rejects when the connection was lost before, or what came makes no sense. */
  readonly ended: Promise<void>;
  /** By `performance.now()`. */
  lastByteAt = 0;
  readonly #socket: Duplex;
  readonly #parser: FrameParser | undefined;
  readonly #held = new Set<OutputStream>();
  readonly #end: () => void;
  readonly #fail: (why: Error) => void;
  #isReleased = false;
  #hasBegun: boolean;
  #isOver = false;

  /** @param options `isLaunched`: a launcher's frame on stderr comes before anything is read. */
  constructor(socket: Duplex, { isTerminal, isLaunched = !isTerminal }: { readonly isTerminal: boolean; readonly isLaunched?: boolean }) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#fail = reject;
    this.#socket = socket;
    this.#hasBegun = !isLaunched;
    this.#parser = isTerminal ? undefined : new FrameParser();
    this.stdin = this.#makeStdin();
    this.stdout = this.#makeOutput('stdout');
    this.stderr = this.#makeOutput('stderr');
    promise.catch(() => {});
    this.#listen();
  }

  /** The process is over: what is still on its way is taken whether or not it is read. */
  release(): void {
    this.#isReleased = true;
    this.#flow();
  }

  /** Whether a reader holds the sender back. */
  get isHeld(): boolean {
    return this.#held.size > 0;
  }

  /** What has come already is still given: after the event loop was blocked, a timer that says so fires before it was read. */
  destroy(): void {
    this.#isReleased = true;
    this.#flow();
    setImmediate(() =>
      setImmediate(() => {
        this.#socket.destroy();
        this.#over(new Error('it was closed here'));
      }),
    );
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.once('end', () => this.#over(this.#parser?.isWithin ? new Error('the connection ended within a frame') : undefined));
    socket.on('error', (fault) => this.#over(fault));
    socket.once('close', () => this.#over(new Error('the connection was lost')));
  }

  #take(bytes: Buffer): void {
    this.lastByteAt = performance.now();
    try {
      if (this.#parser) this.#parser.parse(bytes, (stream, piece) => this.#give(stream, piece));
      else this.#give('stdout', bytes);
    } catch (fault) {
      this.#over(fault instanceof Error ? fault : new Error(String(fault)));
      this.#socket.destroy();
    }
    this.#flow();
  }

  #give(stream: OutputStream, piece: Buffer): void {
    if (stream === 'stderr') this.#hasBegun = true;
    const readable = this[stream];
    if (!readable.destroyed && !readable.push(piece)) this.#held.add(stream);
  }

  #flow(): void {
    if (this.#held.size === 0 || this.#takesAll) this.#socket.resume();
    else this.#socket.pause();
  }

  /**
   * Once the process is over a daemon waits two seconds for us to take the rest, then drops it. And of two streams that were written one after
   * the other, it may send much of the second first: who waits for a frame on stderr reads no stdout meanwhile.
   */
  get #takesAll(): boolean {
    const most = this.#isReleased || !this.#hasBegun ? TAKEN_BYTES : this.#parser ? AHEAD_BYTES : 0;
    return this.stdout.readableLength + this.stderr.readableLength < most;
  }

  #over(why: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of [this.stdout, this.stderr]) if (!stream.destroyed) stream.push(null);
    this.stdin.destroy();
    if (why) this.#fail(why);
    else this.#end();
  }

  #makeOutput(stream: OutputStream): Readable {
    const release = (): void => {
      if (this.#held.delete(stream)) this.#flow();
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

  /** To end it ends the process's input, and leaves its output alone. */
  #makeStdin(): Writable {
    const end = (): void => {
      if (!this.#isOver) this.#socket.end();
    };
    return new Writable({
      write: (bytes: Buffer, _encoding, done) => {
        if (this.#isOver) done(new Error('the command has ended'));
        else this.#socket.write(bytes, done);
      },
      final: (done) => {
        end();
        done();
      },
      destroy: (fault, done) => {
        end();
        done(fault);
      },
    });
  }
}
