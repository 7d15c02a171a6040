import type { Duplex, Readable, Writable } from 'node:stream';
import { ConnectionOutputs, connectionInput } from '@errand/core/waiting';
import { FrameParser } from './frame-parser.ts';

/** The streams of one connection that a daemon has made over to a process. */
export class HijackedStreams {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Empty where all comes as one, in a terminal. */
  readonly stderr: Readable;
  /** Resolves when the daemon ended it; rejects when the connection was lost before, or what came makes no sense. */
  readonly ended: Promise<void>;
  readonly #socket: Duplex;
  readonly #parser: FrameParser | undefined;
  readonly #outputs: ConnectionOutputs;
  readonly #end: () => void;
  readonly #fail: (why: Error) => void;
  #isOver = false;

  /** @param options `isLaunched`: a launcher's frame on stderr comes before anything is read. */
  constructor(socket: Duplex, { isTerminal, isLaunched = !isTerminal }: { readonly isTerminal: boolean; readonly isLaunched?: boolean }) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#fail = reject;
    this.#socket = socket;
    this.#parser = isTerminal ? undefined : new FrameParser();
    this.stdin = connectionInput({
      isOver: () => this.#isOver,
      write: (bytes, done) => socket.write(bytes, done),
      end: () => socket.end(),
    });
    this.#outputs = new ConnectionOutputs({
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      isLaunched,
      isOne: isTerminal,
    });
    this.stdout = this.#outputs.stdout;
    this.stderr = this.#outputs.stderr;
    promise.catch(() => {});
    this.#listen();
  }

  /** The process is over: what is still on its way is taken whether or not it is read. */
  release(): void {
    this.#outputs.release();
  }

  /** See `ConnectionOutputs.stillSince`. */
  get stillSince(): number {
    return this.#outputs.stillSince;
  }

  /** Whether a reader holds the sender back. */
  get isHeld(): boolean {
    return this.#outputs.isHeld;
  }

  /** What has come already is still given: after the event loop was blocked, a timer that says so fires before it was read. */
  destroy(): void {
    this.release();
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
    try {
      if (this.#parser) this.#parser.parse(bytes, (stream, piece) => this.#outputs.give(stream, piece));
      else this.#outputs.give('stdout', bytes);
    } catch (fault) {
      this.#over(fault instanceof Error ? fault : new Error(String(fault)));
      this.#socket.destroy();
    }
    this.#outputs.flow();
  }

  #over(why: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outputs.end();
    this.stdin.destroy();
    if (why) this.#fail(why);
    else this.#end();
  }
}
