/**
 * Waits for `promise`, but no longer than `boundMs` milliseconds.
 *
 * @throws Error that says what did not happen in time. The promise goes on by itself; its rejection is then swallowed.
 */
export async function within<T>(boundMs: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${boundMs} ms.`)), boundMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
