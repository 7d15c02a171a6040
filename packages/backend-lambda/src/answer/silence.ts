/** Tells when nothing was heard for too long. Handlers tell of themselves every few seconds. */
export class Silence {
  readonly #ms: number;
  readonly #onSilent: () => void;
  #timer: NodeJS.Timeout | undefined;
  #heard = false;

  constructor(ms: number, onSilent: () => void) {
    this.#ms = ms;
    this.#onSilent = onSilent;
  }

  /** Something came; from now on it counts. */
  heard(): void {
    this.#heard = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), this.#ms).unref();
  }

  /** Nothing is read, so nothing is heard. */
  stop(): void {
    this.#heard = true;
    clearTimeout(this.#timer);
  }

  /** After the event loop was blocked, timers fire before what came meanwhile is read. */
  #look(): void {
    this.#heard = false;
    setTimeout(() => {
      if (!this.#heard) this.#onSilent();
    }, 100).unref();
  }
}
