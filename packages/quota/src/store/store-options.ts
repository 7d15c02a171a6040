import { createRequire } from 'node:module';
import { ExecError } from '@errand/core';
import * as check from '@errand/core/checks';
import type { PostgresClient } from './postgres-client.ts';
import type { RedisClient } from './redis-client.ts';
import { postgresUrl, redisUrl } from './store-url.ts';

/** In this process. */
export interface MemoryStoreOptions {
  readonly kind: 'memory';
}

/** In a Redis, which every process that names it shares. */
export interface RedisStoreOptions {
  readonly kind: 'redis';
  /** `redis://`, `rediss://`, or the absolute path of a socket. Needs the package `ioredis`. This or `client`. */
  readonly url?: string;
  /** A client of `ioredis` or `redis` that is connected, and that its owner closes. */
  readonly client?: RedisClient;
  /** Begins every key: 1 … 64 letters, digits, `-`, `_`, `.`, `:`. Default `errand`. */
  readonly prefix?: string;
}

/**
 * In a PostgreSQL, which every process that names it shares, in the table `errand_quota`. It is made where it is not there: `CREATE TABLE
 * errand_quota (key text PRIMARY KEY, points bigint NOT NULL DEFAULT 0, expire bigint)`. Windows go by the clocks of the processes.
 */
export interface PostgresStoreOptions {
  readonly kind: 'postgres';
  /** `postgres://` or `postgresql://`. Needs the package `pg`. This or `client`. */
  readonly url?: string;
  /** A Pool of `pg`, which its owner closes. */
  readonly client?: PostgresClient;
  /** Begins every key: 1 … 64 letters, digits, `-`, `_`, `.`, `:`. Default `errand`. */
  readonly prefix?: string;
}

/** Where rates and windows are counted. */
export type StoreOptions = MemoryStoreOptions | RedisStoreOptions | PostgresStoreOptions;

const prefix = check.matching(/^[\w.:-]{1,64}$/, "1 to 64 letters, digits, '-', '_', '.' and ':'");

const KINDS: Readonly<Record<StoreOptions['kind'], { readonly package?: string; readonly checks: check.OptionChecks }>> = {
  memory: { checks: {} },
  redis: {
    package: 'ioredis',
    checks: { url: redisUrl, client: check.object, prefix },
  },
  postgres: {
    package: 'pg',
    checks: { url: postgresUrl, client: check.object, prefix },
  },
};

/** @throws ExecError `EXEC_INVALID_OPTION`; `EXEC_NOT_SUPPORTED` where the store's client is not installed */
export function checkStore(option: string, value: unknown): void {
  const { kind, ...rest }: { kind?: unknown } = { ...check.object(option, value) };
  const found = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind as StoreOptions['kind']] : undefined;
  if (!found) throw check.invalidOption(`${option}.kind`, 'is not known', Object.keys(KINDS).join(', '));
  check.checkEach(option, rest, found.checks);
  if (!found.package) return;
  const { url, client } = rest as { url?: unknown; client?: unknown };
  if ((url === undefined) === (client === undefined)) throw check.invalidOption(option, 'is not found', 'either url or client');
  if (url !== undefined) checkInstalled(String(kind), found.package);
}

function checkInstalled(kind: string, name: string): void {
  try {
    createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    const message = `store: ${kind} needs ${name}, which is not installed. Install it: npm install ${name}.`;
    throw new ExecError('EXEC_NOT_SUPPORTED', message, { cause, detail: { option: 'store' } });
  }
}
