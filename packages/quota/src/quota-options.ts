import type { AdmissionRequest, Logger } from '@errand/core';
import * as check from '@errand/core/checks';
import type { TenantLimits } from './limits.ts';
import { checkStore, type StoreOptions } from './store/store-options.ts';

/** How a `tenantQuota` is made. */
export interface TenantQuotaOptions {
  /** For each tenant, and for all commands without one together. Default: nothing binds. */
  readonly default?: TenantLimits;
  /** By tenant; what is left out here is as in `default`. */
  readonly tenants?: Readonly<Record<string, TenantLimits>>;
  /**
   * Whose command it is: `undefined` for nobody's, who have one share together. Anything else, such as a
   * promise, refuses the command with `EXEC_INVALID_OPTION`, and it is not started. Default: its tenant.
   */
  readonly by?: (request: AdmissionRequest) => string | undefined;
  /** What `by` gives, in a word: 1 … 64 letters, digits, `-`, `_`. It keeps the counts of several quotas in one store apart. Default `tenant`. */
  readonly name?: string;
  /** Where rates and windows are counted. Default: in this process. */
  readonly store?: StoreOptions;
  /** Milliseconds that the store may take for an answer, then it has failed: 1 … 60,000; default 5,000. A command asks once, and again for a burst. */
  readonly storeTimeoutMs?: number;
  /** Whether commands are admitted while the store fails. Default false: they are refused with `EXEC_UNAVAILABLE`, and not started. */
  readonly failOpen?: boolean;
  /**
   * Is warned where the store fails and no caller hears of it: commands are admitted (`failOpen`), or what they used is lost. It is once,
   * until the store answers again, which is told too (`info`). Default: silent.
   */
  readonly logger?: Logger;
}

const MANY = 10_000_000;

const limitChecks: Readonly<Record<keyof TenantLimits, check.Check>> = {
  maxRunning: check.integer(0, 100_000),
  maxQueued: check.integer(0, MANY),
  commandsPerMinute: check.integer(0, MANY),
  commandsPerHour: check.integer(0, MANY),
  burst: check.integer(0, MANY),
  cpuMs: check.integer(0, Number.MAX_SAFE_INTEGER),
  wallMs: check.integer(0, Number.MAX_SAFE_INTEGER),
  outputBytes: check.integer(0, Number.MAX_SAFE_INTEGER),
  windowMs: check.integer(1, check.MAX_DELAY_MS),
};

const checks: Readonly<Record<keyof TenantQuotaOptions, check.Check>> = {
  default: checkLimits,
  tenants: (option, value) => {
    for (const [tenant, limits] of Object.entries(check.object(option, value))) checkLimits(`${option}.${tenant}`, limits);
  },
  by: check.callback,
  name: check.matching(/^[\w-]{1,64}$/, "1 to 64 letters, digits, '-' and '_'"),
  store: checkStore,
  storeTimeoutMs: check.integer(1, 60_000),
  failOpen: check.boolean,
  logger: check.having('debug', 'info', 'warn', 'error'),
};

/** @throws ExecError `EXEC_INVALID_OPTION`; `EXEC_NOT_SUPPORTED` where the store's client is not installed */
export function readQuotaOptions(given: TenantQuotaOptions): TenantQuotaOptions {
  const { default: all, tenants, ...rest } = check.readOptions(given);
  const options = {
    ...rest,
    ...(all !== undefined && { default: readIfObject(all) }),
    ...(tenants !== undefined && { tenants: readEach(tenants) }),
  };
  check.checkEach('', options, checks);
  const { by, name, store } = options;
  if (by && name === undefined && store && store.kind !== 'memory')
    throw check.invalidOption('name', 'is missing beside by', 'a word for what by gives, such as user');
  return options;
}

function readEach<T extends object>(tenants: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const read = readIfObject(tenants);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return read;
  return Object.fromEntries(Object.entries(read).map(([name, limits]) => [name, readIfObject(limits)]));
}

/** Anything else is for the checks to refuse. */
function readIfObject<T extends object>(value: T): T {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? check.readOptions(value) : value;
}

/**
 * Limits, read once and checked.
 *
 * @throws ExecError `EXEC_INVALID_OPTION`
 */
export function readLimits(option: string, given: TenantLimits): TenantLimits {
  const limits = readIfObject(given);
  checkLimits(option, limits);
  return limits;
}

function checkLimits(option: string, limits: unknown): void {
  check.checkEach(option, limits, limitChecks);
}
