const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What to do when this process is asked to end. */
export interface TerminationHandlers {
  readonly first: () => void;
  /** The user insists. */
  readonly again: () => void;
}

/** Listens for the signals that ask this process to end. */
export class Termination {
  /** The first one that came. */
  signal: NodeJS.Signals | undefined;
  /** Resolves when it came. */
  readonly asked: Promise<void>;
  readonly #signals: readonly NodeJS.Signals[];
  readonly #listener: (signal: NodeJS.Signals) => void;

  constructor({ first, again }: TerminationHandlers, signals: readonly NodeJS.Signals[] = SIGNALS) {
    this.#signals = signals;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#listener = (signal) => {
      if (this.signal) return again();
      this.signal = signal;
      first();
      resolve();
    };
    for (const signal of signals) process.on(signal, this.#listener);
  }

  stop(): void {
    for (const signal of this.#signals) process.off(signal, this.#listener);
  }
}
