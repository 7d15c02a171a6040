/** The calls that are being answered. */
export class CallsInFlight {
  readonly #calls = new Set<Promise<unknown>>();

  async during<T>(work: () => Promise<T>): Promise<T> {
    const call = work();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Resolves when those of this moment were answered. */
  async answered(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }
}
