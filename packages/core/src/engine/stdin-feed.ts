import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import type { StdinSource } from '../options.ts';

/**
 * A command's stdin, from its submission to its end. The source may fail before anybody reads it, which is told to `onFault`
 * as any fault of it. A command that ends or closes its stdin before reading everything is none.
 */
export class StdinFeed {
  readonly #source: StdinSource;
  readonly #onFault: (error: Error) => void;
  #target: Writable | undefined;
  #over = false;

  constructor(source: StdinSource, onFault: (error: Error) => void) {
    this.#source = source;
    this.#onFault = onFault;
    if (isBytes(source)) return;
    source.on('error', this.#fail);
    source.on('close', this.#closed);
    // It may have failed before, as a file that was not there.
    if (source.errored) this.#fail(source.errored);
  }

  /** Writes to the process that runs now, and half-closes it at the source's end. */
  feed(target: Writable): void {
    // EPIPE and ECONNRESET say that the command reads no more.
    target.on('error', () => {});
    target.once('close', () => this.release());
    if (isBytes(this.#source)) target.end(this.#source);
    else if (this.#source.readableEnded) target.end();
    else this.#pump(this.#source, target);
  }

  /** The command reads no more, or never did: nobody will read the source to its end, and its file must not stay open. */
  release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#target?.off('drain', this.#resume);
    if (!isBytes(this.#source)) this.#letGo(this.#source);
  }

  #letGo(source: Readable): void {
    source.off('error', this.#fail).off('close', this.#closed).off('data', this.#pass).off('end', this.#end);
    if (source === process.stdin) source.pause();
    else releaseSource(source);
  }

  #pump(source: Readable, target: Writable): void {
    this.#target = target;
    target.on('drain', this.#resume);
    source.on('end', this.#end).on('data', this.#pass);
  }

  readonly #pass = (chunk: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
      this.#fail(new Error('it gave something that is no text and no bytes'));
    else if (this.#target?.write(chunk) === false && !isBytes(this.#source)) this.#source.pause();
  };

  readonly #resume = (): void => {
    if (!isBytes(this.#source)) this.#source.resume();
  };

  readonly #end = (): void => {
    this.#target?.end();
  };

  readonly #fail = (error: Error): void => {
    if (this.#over) return;
    this.release();
    this.#onFault(error);
  };

  readonly #closed = (): void => {
    if (!isBytes(this.#source) && !this.#source.readableEnded) this.#fail(new Error('the stream closed before its end'));
  };
}

/** Lets go of a stream that no command will read. */
export function releaseSource(source: unknown): void {
  if (typeof source !== 'object' || source === null || source === process.stdin) return;
  if (!('destroy' in source && typeof source.destroy === 'function' && 'on' in source && typeof source.on === 'function')) return;
  if ('readableEnded' in source && source.readableEnded === true) return;
  source.on('error', () => {});
  source.destroy();
}

function isBytes(source: StdinSource): source is string | Uint8Array {
  return typeof source === 'string' || source instanceof Uint8Array;
}
