import { type Executor, isExecError, type QueueOptions, queued } from '@errand/core';
import { type StoreOptions, type TenantQuota, tenantQuota } from '@errand/quota';
import { stderrLogger } from '../stderr-logger.ts';
import { UsageError } from '../usage-error.ts';
import type { RawConfig } from './schema/config.ts';

type Quotas = NonNullable<RawConfig['quotas']>;

/** A target that says nothing of a queue runs all that its quota lets run. */
const NO_QUEUE: QueueOptions = { concurrency: 100_000 };

/** The one quota of a file's targets, until the last of their executors is closed. */
export class SharedQuota {
  readonly #quota: TenantQuota;
  #holds = 0;

  private constructor(quota: TenantQuota) {
    this.#quota = quota;
  }

  /** @throws UsageError where it cannot be made of what the file says */
  static of(file: string, { store, ...quotas }: Quotas): SharedQuota {
    const given = Object.entries({ ...quotas, store: store && { kind: 'memory', ...store } }).filter(([, value]) => value !== undefined);
    try {
      return new SharedQuota(tenantQuota({ ...(Object.fromEntries(given) as { store?: StoreOptions }), logger: stderrLogger }));
    } catch (fault) {
      throw isExecError(fault) ? new UsageError(`${file}: quotas.${fault.message}`) : fault;
    }
  }

  hold(executor: Executor, queue: QueueOptions = NO_QUEUE): Executor {
    const held = queued(executor, { ...queue, quota: this.#quota });
    this.#holds += 1;
    let closing: Promise<void> | undefined;
    const close = held.close.bind(held);
    held.close = () => (closing ??= close().finally(() => this.#letGo()));
    return held;
  }

  async #letGo(): Promise<void> {
    this.#holds -= 1;
    if (this.#holds === 0) await this.#quota.close();
  }
}
