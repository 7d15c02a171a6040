import type { Duplex } from 'node:stream';
import { orAborted } from '@errand/core/waiting';
import type { SshConnection } from '../ssh-client.ts';
import type { Endpoint } from './endpoint.ts';

type Open = (signal: AbortSignal) => Promise<SshConnection>;

/** One connection for all streams through it: opened for its first user, again where it was lost, and ended with the last. */
export class SharedConnection {
  readonly #open: Open;
  #users = 0;
  #opening = new AbortController();
  #connection: Promise<SshConnection> | undefined;

  constructor(open: Open) {
    this.#open = open;
  }

  /**
   * The connection, which is not ended before `leave` was called. Rejects with what opening it did, or the reason of `signal`, and then
   * nothing is to be left.
   */
  async enter(signal: AbortSignal): Promise<SshConnection> {
    signal.throwIfAborted();
    this.#users += 1;
    try {
      // Who gives up waits no more, and the others do.
      return await orAborted(this.#current(), signal);
    } catch (fault) {
      void this.leave();
      throw fault;
    }
  }

  /** Resolves, for the last one, when the connection is gone. */
  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#opening.abort(new Error('nobody needs the connection any more'));
    await connection?.then(
      (opened) => opened.end(),
      () => {},
    );
  }

  /** A stream to an address as the server sees it. Rejects with what `enter` or the server did, or the reason of `signal`. */
  async stream(to: Endpoint, signal: AbortSignal): Promise<Duplex> {
    const connection = await this.enter(signal);
    const opening = connection.connectTo(to);
    try {
      const stream = await orAborted(opening, signal);
      stream.once('close', () => void this.leave());
      return stream;
    } catch (fault) {
      // A frozen server may open it later.
      opening.then(
        (stream) => stream.destroy(),
        () => {},
      );
      void this.leave();
      throw fault;
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
}
