import { invalidOption } from '@errand/core/checks';

/** How a server closes. */
export interface CloseOptions {
  /**
   * For how long commands may run on before they are ended, in milliseconds: 0 … 2,147,483,647; default 0. Meanwhile nothing new is started,
   * `/readyz` is answered 503, and what runs is still read and written to. `close()` without it ends that time.
   */
  readonly drainMs?: number;
}

/** What closing consists of. */
export interface ClosingParts {
  /** Resolves when nothing runs any more, or when `patience` ends. */
  readonly drain: (patience: AbortSignal) => Promise<void>;
  /** Ends what still runs, and the server. */
  readonly end: () => Promise<void>;
}

/** Makes the `close` of a server. It closes once: who calls again waits for the same, and may shorten it. */
export function closer({ drain, end }: ClosingParts): (options?: CloseOptions) => Promise<void> {
  const hurry = new AbortController();
  let closing: Promise<void> | undefined;
  const closeAll = async (drainMs: number): Promise<void> => {
    if (drainMs > 0) await drain(AbortSignal.any([hurry.signal, AbortSignal.timeout(drainMs)]));
    await end();
  };
  return ({ drainMs = 0 } = {}) => {
    if (!(Number.isInteger(drainMs) && drainMs >= 0 && drainMs <= 2_147_483_647))
      return Promise.reject(invalidOption('drainMs', `${drainMs} is not a duration it can have`, 'whole milliseconds, 0 … 2147483647'));
    if (drainMs === 0) hurry.abort();
    closing ??= closeAll(drainMs);
    return closing;
  };
}
