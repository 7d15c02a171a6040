import { Duplex } from 'node:stream';
import type { DriverPty } from '../driver.ts';

/** What a PTY gives, from where the user's part begins, and what is typed into it: one stream, whose destruction hangs up. */
export class TerminalStream extends Duplex {
  readonly #pty: Pick<DriverPty, 'stdout' | 'stdin' | 'destroy'>;
  #isOver = false;
  #written: (() => void) | undefined;

  constructor(pty: Pick<DriverPty, 'stdout' | 'stdin' | 'destroy'>) {
    super();
    this.#pty = pty;
    pty.stdout.pause();
    pty.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) pty.stdout.pause();
    });
    pty.stdout.once('end', () => this.#end());
    // The connection is gone: nothing more comes.
    pty.stdout.once('close', () => this.#end());
    // Who types into a terminal that has just ended did nothing wrong.
    this.on('error', () => {});
    this.once('end', () => this.end());
  }

  override _read(): void {
    this.#pty.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#isOver) return done();
    this.#written = done;
    this.#pty.stdin.write(chunk, () => this.#tellWritten());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#pty.stdout.destroy();
    this.#pty.destroy();
    done(error);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.push(null);
    // What nobody takes any more is never told of.
    this.#tellWritten();
  }

  #tellWritten(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }
}
