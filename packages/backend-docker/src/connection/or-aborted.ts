/** What `wanted` comes to, or the reason of `signal` where that aborts first. Leaves no listener. */
export async function orAborted<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([wanted, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
