import { readSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Pty } from './node-pty-client.ts';

/** A terminal takes a few KiB at a time; then it is asked again after this long, and after twice as long each time that it is full. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 32;
const READ_BYTES = 65_536;
/** The kernel holds less than this of what was printed. Whoever prints on has no end. */
const MOST_HELD_BYTES = 262_144;

/**
 * The bytes of a terminal of node-pty, which itself
 * - closes the master 200 ms after the exit, whether it was read to its end or not: here what is left is read first;
 * - writes in a busy loop while the terminal is full, since libuv takes a master for a stream that blocks: here timers wait.
 */
export class PtyStream extends Duplex {
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #closeMaster: Socket['destroy'];

  constructor({ _socket: socket, fd }: Pty) {
    super();
    this.#socket = socket;
    this.#fd = fd;
    this.#closeMaster = socket.destroy.bind(socket);
    socket.destroy = (error) => {
      if (!socket.destroyed) this.#takeRest();
      return this.#closeMaster(error);
    };
    socket.pause();
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    // A master whose other side was closed by all gives EIO: that is its end.
    socket.on('error', () => {});
    socket.once('close', () => this.push(null));
    // Who types into a terminal that has just ended did nothing wrong.
    this.on('error', () => {});
    this.once('end', () => this.end());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send(chunk, done, FIRST_WAIT_MS);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#closeMaster();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (!this.push(chunk)) this.#socket.pause();
  }

  #send(chunk: Buffer, done: () => void, waitMs: number): void {
    const sent = this.#socket.destroyed ? chunk.length : writeSome(this.#fd, chunk);
    if (sent === chunk.length) return done();
    const nextMs = sent > 0 ? FIRST_WAIT_MS : Math.min(2 * waitMs, LONGEST_WAIT_MS);
    setTimeout(() => this.#send(chunk.subarray(sent), done, nextMs), waitMs);
  }

  /** What the socket had read, then what the kernel has. */
  #takeRest(): void {
    if (this.destroyed) return;
    // Each comes as `data` too.
    while (this.#socket.read() !== null);
    for (let held = 0; held < MOST_HELD_BYTES; ) {
      const chunk = readSome(this.#fd);
      if (!chunk) return;
      held += chunk.length;
      this.push(chunk);
    }
  }
}

/** Undefined where there is nothing, or nothing more. */
function readSome(fd: number): Buffer | undefined {
  try {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    const size = readSync(fd, chunk);
    return size === 0 ? undefined : chunk.subarray(0, size);
  } catch {
    return undefined;
  }
}

/** How much of it the terminal took; all of it where nobody will ever read it. */
function writeSome(fd: number, chunk: Buffer): number {
  try {
    return writeSync(fd, chunk);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : chunk.length;
  }
}
