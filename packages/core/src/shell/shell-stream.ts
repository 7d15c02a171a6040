import type { Readable } from 'node:stream';
import { CommandStream } from './command-stream.ts';

/** Somebody who takes what a shell prints, and gives back what is not theirs any more. */
interface Taker {
  hear(chunk: Buffer): Buffer;
  shut(): void;
  readonly isOver: boolean;
}

/** One stream of a warm shell, handed to one command after the other. */
export class ShellStream {
  /** Whether something came that belongs to nobody: a process that an earlier command left still has the stream. */
  strayed = false;
  readonly #source: Readable;
  readonly #delivered: Promise<void> | undefined;
  readonly #onStray: (bytes: Buffer) => void;
  #taker: Taker | undefined;
  #closed = false;

  /** @param delivered See `ByteChannel`. */
  constructor(source: Readable, onStray: (bytes: Buffer) => void, delivered?: Promise<void>) {
    this.#source = source;
    this.#delivered = delivered;
    this.#onStray = onStray;
    source.on('data', (chunk: Buffer) => this.#hear(chunk));
    const close = (): void => {
      this.#closed = true;
      this.#taker?.shut();
      this.#taker = undefined;
    };
    source.once('end', close).once('close', close).on('error', close);
  }

  /** Waits for a line that begins with `nonce`, whatever comes before; its other words, or undefined when the stream ended. */
  line(nonce: string): Promise<readonly string[] | undefined> {
    return new Promise((resolve) => this.#hand(new LineTaker(nonce, resolve)));
  }

  /** The output of the command that is sent now, between the frames with these nonces. */
  command(begin: string | undefined, end: string, lingers?: () => boolean): CommandStream {
    const stream = new CommandStream({
      ...(begin !== undefined && { begin }),
      end,
      source: this.#source,
      ...(this.#delivered && { delivered: this.#delivered }),
      ...(lingers && { lingers }),
    });
    this.#hand(stream);
    return stream;
  }

  #hand(taker: Taker): void {
    if (this.#closed) taker.shut();
    else this.#taker = taker;
  }

  #hear(chunk: Buffer): void {
    const rest = this.#taker ? this.#taker.hear(chunk) : chunk;
    if (this.#taker?.isOver) this.#taker = undefined;
    if (rest.length === 0) return;
    this.strayed = true;
    this.#onStray(rest);
  }
}

class LineTaker implements Taker {
  isOver = false;
  readonly #nonce: string;
  readonly #resolve: (words: readonly string[] | undefined) => void;
  #text = '';

  constructor(nonce: string, resolve: (words: readonly string[] | undefined) => void) {
    this.#nonce = nonce;
    this.#resolve = resolve;
  }

  hear(chunk: Buffer): Buffer {
    this.#text += chunk.toString('latin1');
    const at = this.#text.indexOf(`${this.#nonce} `);
    const end = at < 0 ? -1 : this.#text.indexOf('\n', at);
    if (end < 0) return Buffer.alloc(0);
    this.isOver = true;
    this.#resolve(this.#text.slice(at + this.#nonce.length + 1, end).split(' '));
    return Buffer.alloc(0);
  }

  shut(): void {
    this.isOver = true;
    this.#resolve(undefined);
  }
}
