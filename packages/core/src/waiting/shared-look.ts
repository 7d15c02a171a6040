/** Asks at most one question at a time: who comes meanwhile shares the next one, whose answer is of a later time for all of them. */
export class SharedLook<T> {
  readonly #ask: () => Promise<T>;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  look(): Promise<T> {
    this.#next ??= this.#begin(this.#current);
    return this.#next;
  }

  async #begin(previous: Promise<unknown>): Promise<T> {
    await previous.catch(() => {});
    const answer = this.#ask();
    this.#next = undefined;
    this.#current = answer;
    return answer;
  }
}
