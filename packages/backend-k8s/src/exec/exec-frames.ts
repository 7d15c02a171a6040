import { MARK } from './wrapper.ts';

const NEWLINE = 10;

interface StreamState {
  held: Buffer;
  isOver: boolean;
}

/** Takes the frames of a wrapped line out of its output. */
export class ExecFrames {
  /** Resolves once the wrapper runs: to its pid where it waits for the line. */
  readonly hello: Promise<string | undefined>;
  /** The line's exit code, from whichever stream has it first. */
  readonly ended: Promise<number>;
  /** Resolves once both streams have told the end: all that the line wrote came before. */
  readonly delivered: Promise<void>;
  readonly #hello = Promise.withResolvers<string | undefined>();
  readonly #ended = Promise.withResolvers<number>();
  readonly #delivered = Promise.withResolvers<void>();
  readonly #begin: Buffer;
  readonly #end: Buffer;
  readonly #streams = { stdout: { held: Buffer.alloc(0), isOver: false }, stderr: { held: Buffer.alloc(0), isOver: false } };
  #isGreeted = false;

  constructor(nonce: string) {
    this.hello = this.#hello.promise;
    this.ended = this.#ended.promise;
    this.delivered = this.#delivered.promise;
    this.#begin = Buffer.from(`${MARK}${nonce} `);
    this.#end = Buffer.from(`${MARK}${nonce} end `);
  }

  /** What of these bytes is the line's own. */
  take(name: 'stdout' | 'stderr', bytes: Buffer): Buffer {
    const stream = this.#streams[name];
    if (stream.isOver) return bytes;
    const all = stream.held.length === 0 ? bytes : Buffer.concat([stream.held, bytes]);
    stream.held = Buffer.alloc(0);
    const rest = name === 'stdout' && !this.#isGreeted ? this.#greet(stream, all) : all;
    return rest ? this.#seekEnd(stream, rest) : Buffer.alloc(0);
  }

  /** The stream has ended: what was held back is no frame. */
  rest(name: 'stdout' | 'stderr'): Buffer {
    const { held } = this.#streams[name];
    this.#streams[name] = { held: Buffer.alloc(0), isOver: true };
    return this.#isGreeted || name === 'stderr' ? held : Buffer.alloc(0);
  }

  /** What comes before the wrapper speaks is nobody's. */
  #greet(stream: StreamState, bytes: Buffer): Buffer | undefined {
    const at = bytes.indexOf(this.#begin);
    const newline = at < 0 ? -1 : bytes.indexOf(NEWLINE, at);
    if (newline < 0) {
      stream.held = bytes;
      return undefined;
    }
    this.#isGreeted = true;
    this.#hello.resolve(/^hello (\d+)$/.exec(bytes.toString('latin1', at + this.#begin.length, newline))?.[1]);
    return bytes.subarray(newline + 1);
  }

  #seekEnd(stream: StreamState, bytes: Buffer): Buffer {
    const at = bytes.indexOf(this.#end);
    const newline = at < 0 ? -1 : bytes.indexOf(NEWLINE, at);
    if (newline < 0) {
      const keep = at < 0 ? overlap(bytes, this.#end) : bytes.length - at;
      stream.held = bytes.subarray(bytes.length - keep);
      return bytes.subarray(0, bytes.length - keep);
    }
    stream.isOver = true;
    this.#ended.resolve(Number(bytes.toString('latin1', at + this.#end.length, newline)));
    if (this.#streams.stdout.isOver && this.#streams.stderr.isOver) this.#delivered.resolve();
    const after = bytes.subarray(newline + 1);
    return after.length === 0 ? bytes.subarray(0, at) : Buffer.concat([bytes.subarray(0, at), after]);
  }
}

/** How many bytes at the end of `bytes` may be the beginning of `frame`. */
function overlap(bytes: Buffer, frame: Buffer): number {
  for (let length = Math.min(frame.length - 1, bytes.length); length > 0; length -= 1) {
    const begin = bytes.length - length;
    if (bytes[begin] === frame[0] && bytes.subarray(begin).equals(frame.subarray(0, length))) return length;
  }
  return 0;
}
