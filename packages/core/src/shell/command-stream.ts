import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Of what is left once its shell has ended: windows and buffers on the way hold less. A daemon that has the pipe may write without end. */
const MAX_REST_BYTES = 16_777_216;
/** So much of that waits for a reader who holds it back. More is counted: of a shell in a pod some 30 MiB are on their way. */
const MAX_UNREAD_BYTES = 8_388_608;
/** How often it is looked at whether more of it comes. */
const LOOK_MS = 200;
/** What is held back on the way may take so long to come: over SSH the server is told first that there is room. */
const HELD_REST_MS = 2_000;
/** No frame is longer. */
const MAX_FRAME_BYTES = 512;
/** The most that is taken of a command that has not begun on both streams; more than a daemon sends of one before it sends what waits in the other. */
const MAX_AHEAD_BYTES = 8_388_608;
const NEWLINE = 10;

/** What begins and ends one command's output on one stream of a shell. */
export interface CommandStreamParts {
  /** Absent where nothing comes ahead of the command's own: then its first byte is. */
  readonly begin?: string;
  readonly end: string;
  /** The shell's stream: stopped and started for back-pressure, destroyed when the shell is gone and this is destroyed. */
  readonly source: Pick<Readable, 'pause' | 'resume' | 'isPaused' | 'destroy'>;
  /** Where its shell's end may overtake its output: resolves once that has come. */
  readonly delivered?: Promise<void>;
  /** In a session, whose stream outlives this one: whether what the command leaves is still read behind its end frame. */
  readonly lingers?: () => boolean;
}

/** One command's output on one stream of a warm shell: the bytes between two frames, with back-pressure. */
export class CommandStream extends Readable {
  /** The words of the first frame; undefined when none came. Where there is to be none it resolves at once. */
  readonly begun: Promise<readonly string[] | undefined>;
  /** The words of the end frame; undefined when the stream ended without one. */
  readonly ended: Promise<readonly string[] | undefined>;
  /** What came before the first frame, which is nothing of this command's. */
  strayBytes = 0;
  /** What came of the command's output. */
  outputBytes = 0;
  /** What came behind that, once its shell had ended, and was more than waits for a reader. */
  omittedBytes = 0;
  readonly #begin: Buffer;
  readonly #end: Buffer;
  readonly #source: CommandStreamParts['source'];
  readonly #delivered: Promise<void> | undefined;
  readonly #lingers: (() => boolean) | undefined;
  readonly #tellBegun: (words: readonly string[] | undefined) => void;
  readonly #tellEnded: (words: readonly string[] | undefined) => void;
  #phase: 'waiting' | 'refused' | 'running' | 'left' | 'over' = 'waiting';
  #held: Buffer = Buffer.alloc(0);
  #orphaned = false;
  /** Its reader holds nothing back any more. */
  #readsOn = false;
  #heardBytes = 0;
  /** Whether its reader may hold it back yet. */
  #mayHold = true;

  constructor({ begin, end, source, delivered, lingers }: CommandStreamParts) {
    super({ highWaterMark: 65_536 });
    const begun = Promise.withResolvers<readonly string[] | undefined>();
    const ended = Promise.withResolvers<readonly string[] | undefined>();
    this.begun = begun.promise;
    this.ended = ended.promise;
    this.#tellBegun = begun.resolve;
    this.#tellEnded = ended.resolve;
    this.#begin = Buffer.from(begin ?? '', 'latin1');
    this.#end = Buffer.from(end, 'latin1');
    this.#source = source;
    this.#delivered = delivered;
    this.#lingers = lingers;
    if (begin === undefined) {
      this.#phase = 'running';
      begun.resolve([]);
    }
    // Nobody may listen yet.
    this.on('error', () => {});
  }

  /** Whether the end frame came, or never will. */
  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** Whether a reader holds the stream back, so that its end frame may be there and not be read. */
  get isHeld(): boolean {
    return this.#source.isPaused();
  }

  /** Takes what the shell printed; what it gives back came after the end frame. */
  hear(chunk: Buffer): Buffer {
    this.#heardBytes += chunk.length;
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    if (this.#phase === 'waiting') bytes = this.#seekBegin(bytes);
    if (this.#phase === 'running' || this.#phase === 'refused' || this.#phase === 'waiting') bytes = this.#seekEnd(bytes);
    if (this.#phase !== 'left') return bytes;
    this.#give(bytes);
    return Buffer.alloc(0);
  }

  /** Its reader holds it back only once this resolves. */
  holdBackAfter(begun: Promise<unknown>): void {
    this.#mayHold = false;
    begun.then(() => {
      this.#mayHold = true;
      if (this.#phase === 'running' && this.readableLength >= this.readableHighWaterMark && !this.#readsOn) this.#source.pause();
    });
  }

  /** The shell is gone, and what it has left to say is in its pipe: then a daemon that has it finds it closed, once nobody reads on. */
  orphan(): void {
    this.#orphaned = true;
  }

  /**
   * Its shell has ended, so that not much is left, which nobody will send again: it is read up to the end frame, whatever the reader does.
   * Resolves when that came, or nothing comes any more.
   */
  async readOn(): Promise<void> {
    const quietMs = this.isHeld ? HELD_REST_MS : LOOK_MS;
    this.#readsOn = true;
    this.#source.resume();
    let isOver = false;
    const ended = this.ended.then(() => {
      isOver = true;
    });
    await Promise.race([ended, this.#delivered]);
    const most = this.#heardBytes + MAX_REST_BYTES;
    for (let heard = -1, quiet = 0; !isOver && quiet < quietMs && this.#heardBytes < most; quiet += LOOK_MS) {
      if (heard !== this.#heardBytes) quiet = 0;
      heard = this.#heardBytes;
      await Promise.race([ended, delay(LOOK_MS, undefined, { ref: false })]);
    }
    this.#readsOn = false;
  }

  /** The shell's stream ended, or broke: then what is held back is part of the end frame, for all that one can know. */
  shut(): void {
    if (this.#phase !== 'over') this.#finish(undefined);
  }

  override _read(): void {
    if (this.#phase !== 'over') this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // Nobody reads on. The frames are still looked for, unless nobody writes them: then a daemon finds its pipe closed.
    if (this.#orphaned || (this.#phase === 'left' && !this.#lingers)) this.#source.destroy();
    else this.#source.resume();
    if (this.#phase === 'left') this.#phase = 'over';
    callback(error);
  }

  #seekBegin(bytes: Buffer): Buffer {
    const at = bytes.indexOf(this.#begin);
    const end = at < 0 ? -1 : bytes.indexOf(NEWLINE, at);
    if (end < 0) return bytes;
    this.strayBytes += at;
    const words = wordsOf(bytes.subarray(at + this.#begin.length + 1, end));
    this.#phase = words[0] === 'refused' ? 'refused' : 'running';
    this.#tellBegun(words);
    return bytes.subarray(end + 1);
  }

  /** Passes on what is before the end frame, and holds back what may be its beginning. */
  #seekEnd(bytes: Buffer): Buffer {
    const at = bytes.indexOf(this.#end);
    const end = at < 0 ? -1 : bytes.indexOf(NEWLINE, at);
    if (at >= 0 && end >= 0) {
      this.#output(bytes.subarray(0, at));
      return this.#settle(wordsOf(bytes.subarray(at + this.#end.length + 1, end)), bytes.subarray(end + 1));
    }
    // Before the begin frame its own beginning must be kept as well.
    const keep =
      at >= 0 ? bytes.length - at : this.#phase === 'running' ? overlap(bytes, this.#end) : Math.min(bytes.length, MAX_FRAME_BYTES);
    this.#output(bytes.subarray(0, bytes.length - keep));
    this.#held = bytes.subarray(bytes.length - keep);
    return Buffer.alloc(0);
  }

  #output(bytes: Buffer): void {
    if (this.#phase === 'running') this.#give(bytes);
    else this.strayBytes += bytes.length;
  }

  /** Behind the frame of a shell that ends comes what the command left in the background. */
  #settle(words: readonly string[], rest: Buffer): Buffer {
    if (this.#phase === 'running' && (this.#lingers ? this.#lingers() : words[2] === 'held')) {
      this.#phase = 'left';
      this.#tellEnded(words);
      return rest;
    }
    this.#finish(words);
    return rest;
  }

  #finish(words: readonly string[] | undefined): void {
    this.#phase = 'over';
    // What comes now is the next command's, whoever has yet to read this one's.
    this.#source.resume();
    this.#tellBegun(undefined);
    this.#tellEnded(words);
    if (!this.destroyed) this.push(null);
  }

  #give(bytes: Buffer): void {
    if (!this.destroyed && (this.omittedBytes > 0 || (this.#readsOn && this.readableLength >= MAX_UNREAD_BYTES))) {
      this.omittedBytes += bytes.length;
      return;
    }
    if (!this.destroyed) this.outputBytes += bytes.length;
    if (bytes.length === 0 || this.destroyed || this.push(bytes) || this.#readsOn) return;
    if (this.#mayHold || this.readableLength >= MAX_AHEAD_BYTES) this.#source.pause();
  }
}

function wordsOf(line: Buffer): string[] {
  return line.toString('latin1').split(' ');
}

/** How many bytes at the end of `bytes` may be the beginning of `frame`. */
function overlap(bytes: Buffer, frame: Buffer): number {
  for (let length = Math.min(frame.length - 1, bytes.length); length > 0; length -= 1) {
    const begin = bytes.length - length;
    if (bytes[begin] === frame[0] && bytes.subarray(begin).equals(frame.subarray(0, length))) return length;
  }
  return 0;
}
