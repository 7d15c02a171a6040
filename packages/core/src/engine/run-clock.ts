import type { Timings } from '../result.ts';

/** When a command came, was sent, and ran, as far as it got. */
export class RunClock {
  readonly #created = performance.now();
  #starting: number | undefined;
  #running: number | undefined;

  starts(): void {
    this.#starting = performance.now();
  }

  runs(): void {
    this.#running = performance.now();
  }

  /** What has passed until now. */
  get timings(): Timings {
    const now = performance.now();
    const [starting, running] = [this.#starting, this.#running];
    return {
      queuedMs: (starting ?? now) - this.#created,
      startMs: starting === undefined ? 0 : (running ?? now) - starting,
      runMs: running === undefined ? 0 : now - running,
    };
  }
}
