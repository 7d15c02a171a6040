/** How a command ended, as its log says behind the output. */
export interface LogEnd {
  readonly how: 'exited' | 'timed-out' | 'cancelled' | 'removed';
  readonly code: number;
  /** Whether it was ended by the signal code - 128. */
  readonly isSignaled: boolean;
  /** It left processes, which were ended. */
  readonly hasLeft: boolean;
  /** How often the kernel ended something of it for want of memory. */
  readonly oomKills: number;
  readonly cpuMs?: number;
}

const END =
  /^ ended (exited|timed-out|cancelled|removed) (\d{1,3}) ([01]) ([01]) (\d+)(?: (\d+)m(\d+(?:[.,]\d+)?)s (\d+)m(\d+(?:[.,]\d+)?)s)?\s*$/;
/** No end is longer. */
const MAX_END_BYTES = 512;
const NEWLINE = 10;

interface StreamEvents {
  readonly onData: (data: Buffer) => void;
  readonly onEnd: (end: LogEnd) => void;
  /** What came next lies behind a gap: whether that is to be waited for, so that this is dropped. */
  readonly onGap: () => boolean;
}

/** One stream of a log: its bytes in order, each once, up to where it says that the command ended. */
export class LogStream {
  readonly #nonce: Buffer;
  readonly #events: StreamEvents;
  /** The byte that is wanted next. */
  #next = 0;
  /** How much was told. */
  #told = 0;
  #hasGap = false;
  /** What may be the beginning of its end. */
  #held: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(nonce: string, events: StreamEvents) {
    this.#nonce = Buffer.from(nonce, 'latin1');
    this.#events = events;
  }

  /** The byte that is wanted next. */
  get wanted(): number {
    return this.#next;
  }

  /** Bytes that did not come, or came behind a gap. */
  get missing(): number {
    return this.#next - this.#held.length - this.#told;
  }

  /** Takes what begins at this byte. */
  take(at: number, data: Buffer): void {
    if (this.#isOver) return;
    if (at + data.length <= this.#next) return;
    if (at > this.#next) {
      if (this.#events.onGap()) return;
      this.#skipTo(at);
    }
    const fresh = data.subarray(this.#next - at);
    this.#next = at + data.length;
    this.#seekEnd(this.#held.length === 0 ? fresh : Buffer.concat([this.#held, fresh]));
  }

  /** What was held back is no end, or a part of one that nobody will see whole. */
  #skipTo(at: number): void {
    this.#give(this.#held);
    this.#held = Buffer.alloc(0);
    this.#hasGap = true;
    this.#next = at;
  }

  #seekEnd(bytes: Buffer): void {
    for (let from = 0; ; ) {
      const at = bytes.indexOf(this.#nonce, from);
      if (at < 0) return this.#hold(bytes, bytes.length - overlap(bytes, this.#nonce));
      const newline = bytes.indexOf(NEWLINE, at);
      if (newline < 0 && bytes.length - at <= MAX_END_BYTES) return this.#hold(bytes, at);
      const end = newline < 0 ? undefined : toEnd(bytes.toString('latin1', at + this.#nonce.length, newline));
      if (end) return this.#end(bytes, at, end);
      // The command may know its nonce, and print it.
      from = at + 1;
    }
  }

  #hold(bytes: Buffer, from: number): void {
    this.#give(bytes.subarray(0, from));
    this.#held = Buffer.from(bytes.subarray(from));
  }

  #end(bytes: Buffer, at: number, end: LogEnd): void {
    this.#give(bytes.subarray(0, at));
    this.#next -= bytes.length - at;
    this.#held = Buffer.alloc(0);
    this.#isOver = true;
    this.#events.onEnd(end);
  }

  #give(bytes: Buffer): void {
    if (bytes.length === 0 || this.#hasGap) return;
    this.#told += bytes.length;
    this.#events.onData(bytes);
  }
}

function toEnd(text: string): LogEnd | undefined {
  const [, how, code, signaled, left, ooms, ...times] = END.exec(text) ?? [];
  if (how === undefined) return undefined;
  const [userMinutes, userSeconds, systemMinutes, systemSeconds] = times;
  const cpuMs = userMinutes === undefined ? undefined : ms(userMinutes, userSeconds) + ms(systemMinutes, systemSeconds);
  return {
    how: how as LogEnd['how'],
    code: Number(code),
    isSignaled: signaled === '1',
    hasLeft: left === '1',
    oomKills: Number(ooms),
    ...(cpuMs !== undefined && { cpuMs }),
  };
}

function ms(minutes = '0', seconds = '0'): number {
  return Math.round(Number(minutes) * 60_000 + Number(seconds.replace(',', '.')) * 1_000);
}

/** How many bytes at the end of `bytes` may be the beginning of `word`. */
function overlap(bytes: Buffer, word: Buffer): number {
  for (let length = Math.min(word.length - 1, bytes.length); length > 0; length -= 1) {
    const begin = bytes.length - length;
    if (bytes[begin] === word[0] && bytes.subarray(begin).equals(word.subarray(0, length))) return length;
  }
  return 0;
}
