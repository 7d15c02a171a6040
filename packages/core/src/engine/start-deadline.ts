import type { Driver } from '../driver.ts';
import { ExecError } from '../errors.ts';

/** The one deadline of all that opening takes, together with the caller's signal. */
export class StartDeadline {
  readonly #at: number;
  readonly #ms: number;
  readonly #signal: AbortSignal | undefined;
  readonly #driver: Pick<Driver, 'waitsFor'>;

  constructor(ms: number, signal: AbortSignal | undefined, driver: Pick<Driver, 'waitsFor'> = {}) {
    this.#driver = driver;
    this.#at = performance.now() + ms;
    this.#ms = ms;
    this.#signal = signal;
  }

  /** Runs one step with a signal that aborts in time. Leaves no timer and no listener. */
  async keep<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const expire = (): void => controller.abort(this.#late());
    const abort = (): void => controller.abort(this.#signal?.reason);
    const timer = setTimeout(expire, Math.max(0, this.#at - performance.now()));
    this.#signal?.addEventListener('abort', abort, { once: true });
    if (this.#signal?.aborted) abort();
    try {
      return await step(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#signal?.removeEventListener('abort', abort);
    }
  }

  #late(): ExecError {
    const { waitsFor } = this.#driver;
    const message = `It did not open within startTimeoutMs of ${this.#ms}`;
    return new ExecError('EXEC_START_TIMEOUT', waitsFor === undefined ? `${message}.` : `${message}: ${waitsFor}.`);
  }
}
