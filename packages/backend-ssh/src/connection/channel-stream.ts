import { Duplex } from 'node:stream';
import type { Loss } from './loss.ts';
import { widenWindow } from './wide-window.ts';

/** A channel without a command, as ssh2 gives it. */
export type ForwardedChannel = Duplex & { close(): void };

/**
 * A forwarded connection as a stream that keeps to Node's rules. ssh2's own is closed only when the server says so and its reader came to
 * the end, never where the server is frozen; a write that the server closes under is never answered; and a lost connection looks like an
 * end, as if everything had come.
 */
export class ChannelStream extends Duplex {
  readonly #channel: ForwardedChannel;
  readonly #stopListening: () => void;
  #written: (() => void) | undefined;
  #isClosed = false;

  constructor(channel: ForwardedChannel, loss: Loss) {
    super();
    this.#channel = channel;
    widenWindow(channel);
    channel.on('data', (data: Buffer) => {
      if (!this.destroyed && !this.push(data)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.#over());
    channel.on('error', (error) => this.destroy(error));
    this.#stopListening = loss.when((why) => this.destroy(new Error(`the connection was lost: ${why.message}`, { cause: why })));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // The server takes no more: as into a socket whose other side is gone, it is written in vain.
    if (this.#isClosed) return done();
    this.#written = done;
    this.#channel.write(data, () => this.#wrote());
  }

  override _final(done: () => void): void {
    if (!this.#isClosed) this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopListening();
    if (!this.#isClosed) this.#channel.close();
    // What still comes is dropped, so that the channel comes to its end.
    this.#channel.resume();
    done(error);
  }

  /** Both directions; what came before is still to be read. */
  #over(): void {
    this.#isClosed = true;
    this.#wrote();
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }

  #wrote(): void {
    const done = this.#written;
    this.#written = undefined;
    done?.();
  }
}
