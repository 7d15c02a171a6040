import { orAborted } from '../or-aborted.ts';

/** Does at most so many things at a time; who comes first is first. */
export class AtMost {
  readonly #most: number;
  readonly #waiting = new Set<() => void>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Rejects with the reason of `signal` where that aborts before it is its turn. */
  async run<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal);
    try {
      return await act();
    } finally {
      this.#giveBack();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#count < this.#most) {
      this.#count += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const begin = (): void => {
      this.#waiting.delete(begin);
      this.#count += 1;
      resolve();
    };
    this.#waiting.add(begin);
    try {
      await orAborted(promise, signal);
    } catch (fault) {
      // It may have been given its turn at the same moment.
      if (!this.#waiting.delete(begin)) this.#giveBack();
      throw fault;
    }
  }

  #giveBack(): void {
    this.#count -= 1;
    const [next] = this.#waiting;
    next?.();
  }
}
