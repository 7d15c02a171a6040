import type { Duplex } from 'node:stream';
import type { SshConnection } from '../ssh-client.ts';

type Open = (signal: AbortSignal) => Promise<SshConnection>;

/** One connection to a jump host for all streams through it: opened for the first, and ended with the last. */
export class SharedConnection {
  readonly #open: Open;
  #users = 0;
  #opening = new AbortController();
  #connection: Promise<SshConnection> | undefined;

  constructor(open: Open) {
    this.#open = open;
  }

  /** A stream to an address as the jump host sees it. Rejects with what opening the connection did, or the reason of `signal`. */
  async stream(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    this.#users += 1;
    try {
      const connection = await this.#get(signal);
      const stream = await connection.connectTo(host, port);
      stream.once('close', () => this.#leave());
      // ssh2 tells a channel's end only to who reads it, and here the connection is what may be gone.
      connection.loss.when((why) => stream.destroy(why));
      return stream;
    } catch (fault) {
      this.#leave();
      throw fault;
    }
  }

  /** Who gives up waits no more, and the others do. */
  async #get(signal: AbortSignal): Promise<SshConnection> {
    const connection = this.#current();
    const { promise: given, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      return await Promise.race([connection, given]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #current(): Promise<SshConnection> {
    if (this.#connection) return this.#connection;
    this.#opening = new AbortController();
    const connection = this.#open(this.#opening.signal);
    this.#connection = connection;
    const forget = (): void => {
      if (this.#connection === connection) this.#connection = undefined;
    };
    connection.then(({ loss }) => loss.when(forget), forget);
    return connection;
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#opening.abort(new Error('nobody needs the jump host any more'));
    connection?.then(
      (opened) => opened.end(),
      () => {},
    );
  }
}
