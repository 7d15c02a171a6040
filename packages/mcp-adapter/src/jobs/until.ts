/** Resolves when `promise` settles or `signal` aborts, whichever is first, and leaves no listener. */
export async function until(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise.catch(() => {}), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Does `work` with a signal that aborts with one of `signals`, and for its reason. Not `AbortSignal.any`: a connection's signal would
 * gather what each of its calls depends on.
 */
export async function linked<T>(signals: readonly AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = (): void => stop.abort(signals.find(({ aborted }) => aborted)?.reason);
  if (signals.some(({ aborted }) => aborted)) abort();
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}

/** The same, with a signal that also aborts after `waitMs`. */
export async function within<T>(waitMs: number, signals: readonly AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const bound = new AbortController();
  const timer = setTimeout(() => bound.abort(), waitMs);
  try {
    return await linked([bound.signal, ...signals], work);
  } finally {
    clearTimeout(timer);
  }
}
