import type { Duplex } from 'node:stream';
import { joinStreams } from './join-streams.ts';

/** A connection to carry. */
export interface Carried {
  /** Both ends of it; rejects where one of them could not be had. */
  readonly open: (signal: AbortSignal) => Promise<readonly [Duplex, Duplex]>;
  /** Called where `open` rejected. */
  readonly refuse: () => void;
}

/** The connections of one forwarding. What happens to one is told, and does nothing to others. */
export class Carrier {
  /** Resolves to what `onError` threw, or what it returned rejected with. */
  readonly callerFault: Promise<unknown>;
  readonly #onError: ((error: Error) => unknown) | undefined;
  readonly #tellFault: (fault: unknown) => void;
  readonly #carried = new Set<Promise<void>>();
  readonly #streams = new Set<Duplex>();
  readonly #ending = new AbortController();

  constructor(onError: ((error: Error) => unknown) | undefined) {
    this.#onError = onError;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.callerFault = promise;
    this.#tellFault = resolve;
  }

  get count(): number {
    return this.#carried.size;
  }

  /** After `end` it is refused. */
  carry(connection: Carried): void {
    const carried = this.#carry(connection).then(
      () => void this.#carried.delete(carried),
      (fault: Error) => {
        this.#carried.delete(carried);
        if (!this.#ending.signal.aborted) this.#tell(fault);
      },
    );
    this.#carried.add(carried);
  }

  /** Breaks them off, and resolves when they are gone. */
  async end(): Promise<void> {
    this.#ending.abort(new Error('the forwarding is closed'));
    for (const stream of this.#streams) stream.destroy();
    await Promise.allSettled(this.#carried);
  }

  #tell(error: Error): void {
    try {
      const returned = this.#onError?.(error);
      if (returned instanceof Promise) returned.catch(this.#tellFault);
    } catch (fault) {
      this.#tellFault(fault);
    }
  }

  async #carry({ open, refuse }: Carried): Promise<void> {
    const { signal } = this.#ending;
    let pair: readonly [Duplex, Duplex];
    try {
      signal.throwIfAborted();
      pair = await open(signal);
    } catch (fault) {
      refuse();
      throw fault;
    }
    // Who connected may have left meanwhile.
    if (signal.aborted || pair.some((stream) => stream.destroyed)) return pair.forEach((stream) => void stream.destroy());
    const joined = joinStreams(...pair);
    for (const stream of pair) {
      this.#streams.add(stream);
      stream.once('close', () => this.#streams.delete(stream));
    }
    await joined;
  }
}
