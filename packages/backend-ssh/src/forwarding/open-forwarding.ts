import type { ExecError } from '@errand/core';
import type { Endpoint } from '../connection/endpoint.ts';
import type { Carrier } from './carrier.ts';
import { onErrorThrew } from './forward-faults.ts';
import type { Forwarding, ListenAddress, SocketAddress } from './forwarding.ts';

/** A forwarding, whichever side listens. */
export class OpenForwarding<Listen extends SocketAddress> implements Forwarding<Listen> {
  readonly address: ListenAddress<Listen>;
  readonly closed: Promise<ExecError | undefined>;
  readonly #carrier: Carrier;
  readonly #stopListening: () => Promise<void>;
  readonly #leave: () => Promise<void>;
  readonly #tellClosed: (why: ExecError | undefined) => void;
  #closing: Promise<void> | undefined;
  /** Nothing else keeps Node alive where the host listens. Undone with the forwarding. */
  readonly #alive = setInterval(() => {}, 2_147_483_647);

  /** @param leave Gives up the SSH connection, which comes last. */
  constructor(at: Endpoint, parts: { carrier: Carrier; stopListening: () => Promise<void>; leave: () => Promise<void> }) {
    // It is of the kind that the caller asked for.
    this.address = at as ListenAddress<Listen>;
    this.#carrier = parts.carrier;
    this.#stopListening = parts.stopListening;
    this.#leave = parts.leave;
    const { promise, resolve } = Promise.withResolvers<ExecError | undefined>();
    this.closed = promise;
    this.#tellClosed = resolve;
    parts.carrier.callerFault.then((fault) => this.end(onErrorThrew(fault)));
  }

  get connections(): number {
    return this.#carrier.count;
  }

  close(): Promise<void> {
    return this.end(undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end(undefined);
  }

  /** @param why The first one is told. */
  end(why: ExecError | undefined): Promise<void> {
    this.#closing ??= this.#end(why);
    return this.#closing;
  }

  async #end(why: ExecError | undefined): Promise<void> {
    await Promise.all([this.#stopListening(), this.#carrier.end()]);
    await this.#leave();
    clearInterval(this.#alive);
    this.#tellClosed(why);
  }
}
