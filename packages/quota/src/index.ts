export { allOf } from './all-of.ts';
export type { TenantLimits } from './limits.ts';
export type { TenantQuotaOptions } from './quota-options.ts';
export type { PostgresClient } from './store/postgres-client.ts';
export type { RedisClient } from './store/redis-client.ts';
export type { MemoryStoreOptions, PostgresStoreOptions, RedisStoreOptions, StoreOptions } from './store/store-options.ts';
export { type TenantQuota, tenantQuota } from './tenant-quota.ts';
