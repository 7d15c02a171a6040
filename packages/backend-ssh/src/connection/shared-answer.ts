import { orAborted } from '@errand/core/waiting';

/** Asked once for all who want to know, and known from then on. Given up with the last who waits; asked anew where it failed. */
export class SharedAnswer<T> {
  readonly #ask: (signal: AbortSignal) => Promise<T>;
  #waiting = 0;
  #giveUp = new AbortController();
  #answer: Promise<T> | undefined;
  #isKnown = false;

  /** @param ask Rejects when `signal` aborts. */
  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask;
  }

  /** Rejects as `ask` did, or with the reason of `signal`. */
  async get(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#waiting += 1;
    try {
      return await orAborted(this.#current(), signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#isKnown) this.#forget();
    }
  }

  #current(): Promise<T> {
    if (this.#answer) return this.#answer;
    this.#giveUp = new AbortController();
    const answer = this.#ask(this.#giveUp.signal);
    this.#answer = answer;
    answer.then(
      () => {
        this.#isKnown ||= this.#answer === answer;
      },
      () => this.#answer === answer && this.#forget(),
    );
    return answer;
  }

  #forget(): void {
    this.#answer = undefined;
    this.#giveUp.abort(new Error('nobody wants to know any more'));
  }
}
