/** What is used of a client of `ioredis` or `redis`. */
export interface RedisClient {
  eval(...args: never[]): Promise<unknown>;
  multi(...args: never[]): unknown;
}

/** A client that reconnects by itself, and what closes it. */
export async function openRedis(url: string, timeoutMs: number): Promise<{ client: RedisClient; close(): Promise<void> }> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url, {
    connectTimeout: timeoutMs,
    // A late answer is waited for, since what was added too late is given back; a connection that says nothing at all is replaced.
    socketTimeout: 5 * timeoutMs,
    maxRetriesPerRequest: 1,
    // Whether the first one was counted is not known.
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  });
  // Each command tells its own fault.
  client.on('error', () => {});
  return { client, close: async () => client.disconnect() };
}
