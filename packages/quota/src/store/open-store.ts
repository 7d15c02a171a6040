import { RateLimiterMemory } from 'rate-limiter-flexible';
import { addressOf } from './address-of.ts';
import { LimiterStore, UNLIMITED } from './limiter-store.ts';
import { openPostgresLimiter } from './postgres-limiter.ts';
import type { QuotaStore } from './quota-store.ts';
import { openRedisLimiter } from './redis-limiter.ts';
import type { StoreOptions } from './store-options.ts';

/** The store that options ask for. Nothing is connected yet. `onAdded` hears of each that was added in time. */
export function openStore(options: StoreOptions, timeoutMs: number, onAdded: () => void): QuotaStore {
  switch (options.kind) {
    case 'memory':
      return new LimiterStore('memory store', async () => ({ limiter: new RateLimiterMemory(UNLIMITED) }), timeoutMs, onAdded);
    case 'redis':
      return new LimiterStore(nameOf('Redis', options), () => openRedisLimiter(options, timeoutMs), timeoutMs, onAdded);
    case 'postgres':
      return new LimiterStore(nameOf('PostgreSQL', options), () => openPostgresLimiter(options, timeoutMs), timeoutMs, onAdded);
  }
}

function nameOf(system: string, options: StoreOptions): string {
  const address = addressOf(options);
  return address === undefined ? `${system} store` : `${system} store at ${address}`;
}
