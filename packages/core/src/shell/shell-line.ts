/** What the start of a process takes on an ordinary machine: where shells come back no sooner than that, waiting for one gains nothing. */
const PROCESS_MS = 3;
/** As a multiple of what it keeps this client from all else: what has been started takes as long once more until it runs. */
const OF_START = 2;
/** However busy the machine is, long commands are soon known for what they are. */
const MAX_MS = 50;

/**
 * Commands that found every shell busy, first come, first served. Each gets a shell that is given back, or is told to start a process, one every
 * 3 ms for which no shell came: so short commands share the shells, which is several times as fast as a process each, and behind long ones none
 * waits longer than processes would take to start. Where that takes longer, as in a large client on a busy machine, they wait so much longer:
 * the same holds up the shells, and a process for each would hold up everything.
 */
export class ShellLine<Shell> {
  readonly #waiting: ((shell: Shell | undefined) => void)[] = [];
  #movedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  readonly #startMs: () => number;

  /** `startMs` gives for how long the start of a process kept this client from all else, lately. */
  constructor(startMs: () => number = () => 0) {
    this.#startMs = startMs;
  }

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

  get #patienceMs(): number {
    return Math.min(Math.max(PROCESS_MS, OF_START * this.#startMs()), MAX_MS);
  }

  #arm(): void {
    if (this.#timer || this.isEmpty) return;
    const left = Math.max(0, this.#movedAt + this.#patienceMs - performance.now());
    this.#timer = setTimeout(() => {
      // What arrived while this process was at something else is read first: a shell may be among it.
      setImmediate(() => {
        this.#timer = undefined;
        if (performance.now() - this.#movedAt >= this.#patienceMs) {
          this.#movedAt = performance.now();
          this.#waiting.shift()?.(undefined);
        }
        this.#arm();
      });
    }, left);
  }
}
