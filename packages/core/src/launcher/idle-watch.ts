/** Counts what is in use, and calls once nothing was for some time. Its timer does not keep Node from exiting. */
export class IdleWatch {
  readonly #idleMs: number | undefined;
  readonly #onIdle: () => boolean;
  #used = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param idleMs undefined: never.
   * @param onIdle Returns false to be called again, after as long.
   */
  constructor(idleMs: number | undefined, onIdle: () => boolean) {
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
  }

  /** What `start` gives is in use from now on, until `end` settles. */
  async during<T>(start: () => Promise<T>, end: (started: T) => Promise<unknown>): Promise<T> {
    this.#used += 1;
    clearTimeout(this.#timer);
    const leave = (): void => {
      this.#used -= 1;
      if (this.#used === 0) this.#wait();
    };
    try {
      const started = await start();
      end(started).then(leave, leave);
      return started;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** For good. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#used = Number.POSITIVE_INFINITY;
  }

  #wait(): void {
    if (this.#idleMs === undefined) return;
    this.#timer = setTimeout(() => this.#onIdle() || this.#wait(), this.#idleMs).unref();
  }
}
