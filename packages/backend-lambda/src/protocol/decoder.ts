import { type Frame, PROTOCOL_VERSION } from './frame.ts';
import { ProtocolFault } from './protocol-fault.ts';
import { type FrameHead, toFrame } from './to-frame.ts';

/** More than any line of a handler's: this is somebody else's answer. */
const MAX_LINE_BYTES = 1_048_576;
const NEWLINE = 10;

/** Frames of a stream that may be cut anywhere; output as it comes, so that one frame of it may become several. */
export class FrameDecoder {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #next = 0;
  #isOver = false;
  /** What is to come of a frame of output. */
  #output: { readonly type: 'stdout' | 'stderr'; bytes: number } | undefined;

  /** The final record came. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * The frames that these bytes complete, in order, as far as they are asked for.
   *
   * @throws ProtocolFault after the frames that came before it
   */
  *push(bytes: Uint8Array): Generator<Frame, void> {
    let begin = 0;
    while (begin < bytes.length) {
      if (this.#output) {
        const { type } = this.#output;
        const data = bytes.subarray(begin, begin + this.#output.bytes);
        begin += data.length;
        this.#output.bytes -= data.length;
        if (this.#output.bytes === 0) this.#output = undefined;
        yield { type, data };
        continue;
      }
      const end = bytes.indexOf(NEWLINE, begin);
      if (end < 0) return this.#keep(bytes.subarray(begin));
      const line = this.#line(bytes.subarray(begin, end));
      begin = end + 1;
      const head = this.#read(line);
      if (!('bytes' in head)) yield head;
      else if (head.bytes > 0) this.#output = { ...head };
    }
  }

  /** @throws ProtocolFault where the final record is missing */
  end(): void {
    if (this.#isOver && this.#bytes === 0) return;
    if (this.#next === 0 && this.#bytes > 0) throw garbage();
    throw new ProtocolFault('cut', `the answer ended without a final record, after ${this.#next} frames`);
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > MAX_LINE_BYTES) throw garbage();
    this.#pieces.push(piece);
  }

  #line(last: Uint8Array): string {
    this.#keep(last);
    const [only] = this.#pieces;
    const line = this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
  }

  #read(line: string): FrameHead {
    const fields = parse(line);
    if (this.#isOver) throw new ProtocolFault('garbage', 'more came after the final record');
    const { v, n } = fields;
    if (v === undefined) throw garbage();
    if (v !== PROTOCOL_VERSION)
      throw new ProtocolFault('version', `the function speaks version ${String(v)} of the protocol, and this package ${PROTOCOL_VERSION}`);
    if (n !== this.#next) throw new ProtocolFault('gap', `frame ${String(n)} came where ${this.#next} was due`);
    const frame = toFrame(fields);
    if (!frame) throw garbage();
    this.#next += 1;
    this.#isOver = frame.type === 'ended';
    return frame;
  }
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(line);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as Readonly<Record<string, unknown>>;
  } catch {
    // It is told as what else is no frame.
  }
  throw garbage();
}

function garbage(): ProtocolFault {
  return new ProtocolFault('garbage', "the function's answer is not that of Errand's handler");
}
