import { RateLimiterRedis } from 'rate-limiter-flexible';
import { type OpenLimiter, UNLIMITED } from './limiter-store.ts';
import { openRedis } from './redis-client.ts';
import type { RedisStoreOptions } from './store-options.ts';

/** Counts in a Redis. */
export async function openRedisLimiter({ url = '', client, prefix }: RedisStoreOptions, timeoutMs: number): Promise<OpenLimiter> {
  const opened = client ? { client } : await openRedis(url, timeoutMs);
  const limiter = new RateLimiterRedis({
    storeClient: opened.client,
    // The client of the package `redis` has no commands of one's own.
    useRedisPackage: !('defineCommand' in opened.client),
    keyPrefix: prefix ?? 'errand',
    ...UNLIMITED,
  });
  return { ...opened, limiter };
}
