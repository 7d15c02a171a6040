import { RateLimiterMemory } from 'rate-limiter-flexible';
import { LimiterStore, UNLIMITED } from './limiter-store.ts';
import { openPostgresLimiter } from './postgres-limiter.ts';
import type { QuotaStore } from './quota-store.ts';
import { openRedisLimiter } from './redis-limiter.ts';
import type { StoreOptions } from './store-options.ts';

/** The store that options ask for. Nothing is connected yet. */
export function openStore(options: StoreOptions, timeoutMs: number): QuotaStore {
  switch (options.kind) {
    case 'memory':
      return new LimiterStore('memory', async () => ({ limiter: new RateLimiterMemory(UNLIMITED) }), timeoutMs);
    case 'redis':
      return new LimiterStore('Redis', () => openRedisLimiter(options, timeoutMs), timeoutMs);
    case 'postgres':
      return new LimiterStore('PostgreSQL', () => openPostgresLimiter(options, timeoutMs), timeoutMs);
  }
}
