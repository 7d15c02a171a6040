const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for the signals that ask this process to end. */
export class Termination {
  /** The first one that came. */
  signal: NodeJS.Signals | undefined;
  readonly #listener: (signal: NodeJS.Signals) => void;

  /** `onSignal` is called for each; `first` is false when the user insists. */
  constructor(onSignal: (signal: NodeJS.Signals, first: boolean) => void) {
    this.#listener = (signal) => {
      const first = this.signal === undefined;
      this.signal ??= signal;
      onSignal(signal, first);
    };
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  stop(): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}
