/** That a connection is gone, and why: told to all who listen at that moment, so that what is over long before keeps nothing alive. */
export class Loss {
  readonly #listeners = new Set<(why: Error) => void>();
  #why: Error | undefined;

  get why(): Error | undefined {
    return this.#why;
  }

  /** Calls when it is gone, at once where it is; not after what is returned was called. */
  when(listener: (why: Error) => void): () => void {
    if (this.#why) {
      listener(this.#why);
      return () => {};
    }
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(why: Error): void {
    if (this.#why) return;
    this.#why = why;
    for (const listener of this.#listeners) listener(why);
    this.#listeners.clear();
  }
}
