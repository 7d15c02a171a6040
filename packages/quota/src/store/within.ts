/** What `wanted` comes to, unless that takes too long. */
export function within<T>(wanted: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not answer within ${ms} ms`)), ms);
    wanted.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
