import { parseLogLine } from './log-line.ts';
import { type LogEnd, LogStream } from './log-stream.ts';

/** What a log says, in the order in which it does. */
export interface LogEvents {
  /** `started PID BIRTH`, `refused WORD` or `lost`. */
  readonly onWords: (words: readonly string[]) => void;
  /** Bytes of a stream, each once. */
  readonly onData: (stream: StreamName, data: Buffer) => void;
  /** A stream is over, which says how the command ended. */
  readonly onEnd: (stream: StreamName, end: LogEnd) => void;
}

export type StreamName = 'stdout' | 'stderr';

/** No line is longer; what is, is no line of a log. */
const MAX_LINE_BYTES = 65_536;
const NEWLINE = 10;

/**
 * Makes of a log what its command wrote. The log may come in pieces of any size, be cut anywhere, and be read again from anywhere (`again`):
 * each byte is told once. Where something is missing, the log is to be read again (`isWaiting`); what is missing still is never told, nor is what
 * lies behind it, since bytes must not close up over a gap: it is counted (`missing`).
 */
export class LogReader {
  readonly #nonce: string;
  readonly #events: LogEvents;
  readonly #streams: Readonly<Record<StreamName, LogStream>>;
  readonly #told = new Set<string>();
  #rest: Buffer = Buffer.alloc(0);
  #isWaiting = false;
  #countsGaps = false;

  constructor(nonce: string, events: LogEvents) {
    this.#nonce = nonce;
    this.#events = events;
    const stream = (name: StreamName): LogStream =>
      new LogStream(nonce, {
        onData: (data) => events.onData(name, data),
        onEnd: (end) => events.onEnd(name, end),
        onGap: () => this.#gap(),
      });
    this.#streams = { stdout: stream('stdout'), stderr: stream('stderr') };
  }

  /** Takes what came next. */
  hear(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#rest, chunk]);
    let begin = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
      this.#line(bytes.toString('latin1', begin, end));
      begin = end + 1;
    }
    const rest = bytes.subarray(begin);
    this.#rest = rest.length > MAX_LINE_BYTES ? Buffer.alloc(0) : Buffer.from(rest);
  }

  /** Takes what a stream has from this byte on, as it came by another way. */
  take(stream: StreamName, at: number, data: Uint8Array): void {
    this.#streams[stream].take(at, asBuffer(data));
  }

  /** The byte of a stream that is wanted next. */
  wanted(stream: StreamName): number {
    return this.#streams[stream].wanted;
  }

  /** What comes next is read anew, as far from the beginning as there is still a log. What is missing then is missing for good. */
  again(): void {
    this.#rest = Buffer.alloc(0);
    this.#countsGaps = this.#isWaiting;
    this.#isWaiting = false;
  }

  /** Whether something is missing that may be there when the log is read again; nothing behind it is taken. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Bytes of a stream that did not come, or came behind a gap. Once both streams are over this is all that was not told. */
  missing(stream: StreamName): number {
    return this.#streams[stream].missing;
  }

  #gap(): boolean {
    if (!this.#countsGaps) this.#isWaiting = true;
    return this.#isWaiting;
  }

  #line(text: string): void {
    const line = parseLogLine(text, this.#nonce);
    if (!line) return;
    if (line.kind === 'output') return this.#streams[line.stream].take(line.at, line.data);
    const said = line.words.join(' ');
    if (this.#told.has(said)) return;
    this.#told.add(said);
    this.#events.onWords(line.words);
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
