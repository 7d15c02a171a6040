import { RateLimiterPostgres } from 'rate-limiter-flexible';
import { type Limiter, type OpenLimiter, UNLIMITED } from './limiter-store.ts';
import { openPostgres, type PostgresClient } from './postgres-client.ts';
import type { PostgresStoreOptions } from './store-options.ts';

const TABLE = 'errand_quota';
/** So many counts are added between two looks for those that are over. */
const ADDS_BETWEEN_SWEEPS = 1_000;

/** Counts in a PostgreSQL. */
export async function openPostgresLimiter({ url = '', client, prefix }: PostgresStoreOptions, timeoutMs: number): Promise<OpenLimiter> {
  const opened = client ? { client } : await openPostgres(url, timeoutMs);
  try {
    await makeTable(opened.client);
  } catch (fault) {
    if ('close' in opened) await opened.close();
    throw fault;
  }
  const limiter = new RateLimiterPostgres({
    storeClient: opened.client,
    storeType: 'pool',
    tableName: TABLE,
    // Its own table could not count beyond 2^31, and its own timer would outlive this.
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: prefix ?? 'errand',
    ...UNLIMITED,
  });
  return { ...opened, limiter: sweeping(limiter, opened.client) };
}

async function makeTable(client: PostgresClient): Promise<void> {
  // Who may not make it can still use one that is there.
  const { rows } = await client.query(`SELECT to_regclass('${TABLE}') AS known`);
  if (Reflect.get(Object(rows[0]), 'known') !== null) return;
  const columns = 'key text PRIMARY KEY, points bigint NOT NULL DEFAULT 0, expire bigint';
  await client.query(`CREATE TABLE IF NOT EXISTS ${TABLE} (${columns})`).catch((fault: unknown) => {
    // Somebody else made it in the same moment.
    if (!['23505', '42P07', '42710'].includes(String(Reflect.get(Object(fault), 'code')))) throw fault;
  });
}

/** Rows stay when their windows are over, so they are looked for. */
function sweeping(limiter: Limiter, client: PostgresClient): Limiter {
  let adds = 0;
  return {
    get: (key) => limiter.get(key),
    penalty(key, points, options) {
      if (adds++ % ADDS_BETWEEN_SWEEPS === 0) client.query(`DELETE FROM ${TABLE} WHERE expire < ${Date.now()}`).catch(() => {});
      return limiter.penalty(key, points, options);
    },
  };
}
