/** What `wanted` comes to, or the reason of `signal` where that aborts first. Leaves no listener. */
export function orAborted<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const settled = (): void => signal.removeEventListener('abort', abort);
    wanted.then(settled, settled);
    wanted.then(resolve, reject);
  });
}
