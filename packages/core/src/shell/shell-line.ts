/** What the start of a process takes on an ordinary machine: where shells come back no sooner than that, waiting for one gains nothing. */
const PROCESS_MS = 3;

/**
 * Commands that found every shell busy, first come, first served. Each gets a shell that is given back, or is told to start a process, one every
 * {@link PROCESS_MS} for which no shell came: so short commands share the shells, which is several times as fast as a process each, and behind long
 * ones none waits longer than processes would take to start.
 */
export class ShellLine<Shell> {
  readonly #waiting: ((shell: Shell | undefined) => void)[] = [];
  #movedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A shell; undefined where a process will be there sooner, or `signal` aborts. */
  wait(signal: AbortSignal): Promise<Shell | undefined> {
    return new Promise((resolve) => {
      const settle = (shell: Shell | undefined): void => {
        signal.removeEventListener('abort', abort);
        resolve(shell);
      };
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(settle), 1);
        resolve(undefined);
      };
      if (signal.aborted) return resolve(undefined);
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(settle);
      this.#arm();
    });
  }

  /** Whether somebody waited for it. */
  hand(shell: Shell): boolean {
    const [first] = this.#waiting.splice(0, 1);
    this.#movedAt = performance.now();
    first?.(shell);
    return first !== undefined;
  }

  /** Nobody waits any longer. */
  end(): void {
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  #arm(): void {
    if (this.#timer || this.isEmpty) return;
    const left = Math.max(0, this.#movedAt + PROCESS_MS - performance.now());
    this.#timer = setTimeout(() => {
      // What arrived while this process was at something else is read first: a shell may be among it.
      setImmediate(() => {
        this.#timer = undefined;
        if (performance.now() - this.#movedAt >= PROCESS_MS) {
          this.#movedAt = performance.now();
          this.#waiting.shift()?.(undefined);
        }
        this.#arm();
      });
    }, left);
  }
}
