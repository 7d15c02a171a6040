import type { Gate } from '@errand/core';

/** One of those who have a share of their own, while something of theirs waits or runs: how much does, and the gate that they all pass. */
export class Subject implements Gate {
  queued = 0;
  running = 0;
  /** Leases that are not settled. */
  leases = 0;
  readonly #maxRunning: () => number;
  readonly #listeners = new Set<() => void>();

  constructor(maxRunning: () => number) {
    this.#maxRunning = maxRunning;
  }

  get isOpen(): boolean {
    return this.running < this.#maxRunning();
  }

  onOpen(call: () => void): () => void {
    // The same function twice would be heard once.
    const listener = (): void => call();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be called when fewer run, or more may. */
  changed(): void {
    for (const listener of [...this.#listeners]) {
      if (!this.isOpen) return;
      // Who is asked first now is asked last the next time, so that no queue takes it all.
      if (this.#listeners.delete(listener)) this.#listeners.add(listener);
      listener();
    }
  }
}
