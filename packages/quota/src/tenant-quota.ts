import type { Quota } from '@errand/core';
import { LimitedQuota } from './limited-quota.ts';
import type { TenantLimits } from './limits.ts';
import { readQuotaOptions, type TenantQuotaOptions } from './quota-options.ts';

/** A quota whose limits may change while it is used. */
export interface TenantQuota extends Quota, AsyncDisposable {
  /**
   * Changes one tenant's limits from now on; what is left out is as in `default`, and `{}` is all of it. Nothing that waits or runs is
   * lost: those that more room lets run do so at once, and where there is less, what runs goes on and what waits goes on waiting.
   * A limit on what commands use counts from when it is set.
   *
   * @throws ExecError `EXEC_INVALID_OPTION`
   */
  setLimits(tenant: string, limits: TenantLimits): void;
  /**
   * The same, for all that have no limits of their own, and for what these leave out.
   *
   * @throws ExecError `EXEC_INVALID_OPTION`
   */
  setDefault(limits: TenantLimits): void;
  /**
   * Close the executors first. What is being counted or given back still reaches the store, where it answers within `storeTimeoutMs`;
   * then connections that it made itself are closed. Never rejects.
   */
  close(): Promise<void>;
}

/**
 * Holds each tenant to limits of its own: how many of its commands run and wait at once, how many are admitted in a minute and an hour,
 * and what they may use. One quota may serve many queues, and holds for all of them together.
 *
 * Rates count when a command is submitted. One that certainly did not start (it was aborted while it waited, the queue was full, …)
 * gives all back; one whose outcome is `unknown` does not.
 *
 * @example
 * const quota = tenantQuota({
 *   default: { maxRunning: 4, commandsPerMinute: 60, burst: 20 },
 *   tenants: { ci: { maxRunning: 16 } },
 *   store: { kind: 'redis', url: 'redis://localhost' },
 * });
 * await using executor = queued(localExecutor(), { concurrency: 32, quota });
 *
 * @throws ExecError `EXEC_INVALID_OPTION`; `EXEC_NOT_SUPPORTED` where the store's client is not installed
 */
export function tenantQuota(options: TenantQuotaOptions = {}): TenantQuota {
  return new LimitedQuota(readQuotaOptions(options));
}
