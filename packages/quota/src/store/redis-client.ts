/** What is used of a client of `ioredis` or `redis`. */
export interface RedisClient {
  eval(...args: never[]): Promise<unknown>;
  multi(...args: never[]): unknown;
}

/** A client that reconnects by itself. */
export interface OpenRedis {
  readonly client: RedisClient;
  /** Of a command that failed: why there is no connection, else what the command says itself. */
  why(fault: unknown): unknown;
  close(): Promise<void>;
}

export async function openRedis(url: string, timeoutMs: number): Promise<OpenRedis> {
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
  // A command says no more than that it was tried often enough.
  let lost: unknown;
  client.on('error', (fault) => {
    lost = fault;
  });
  client.on('ready', () => {
    lost = undefined;
  });
  return { client, why: (fault) => (client.status === 'ready' ? fault : (lost ?? fault)), close: async () => client.disconnect() };
}
