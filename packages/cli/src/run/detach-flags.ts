import type { SpawnOptions } from '@errand/core';
import { UsageError } from '../usage-error.ts';
import { type RunFlags, toSpawnOptions } from './run-flags.ts';

/** @throws UsageError for flags that do not go together. */
export function checkDetachFlags({ detach, keep, maxSpool, idempotencyKey, idleTimeout, user, maxOutput }: RunFlags): void {
  const only = { '--keep': keep, '--max-spool': maxSpool, '--idempotency-key': idempotencyKey };
  const never = { '--idle-timeout': idleTimeout, '--user': user, '--max-output': maxOutput };
  for (const [flag, value] of Object.entries(detach ? never : only)) {
    if (value !== undefined) throw new UsageError(`${flag}: ${detach ? 'not with --detach' : 'only with --detach'}.`);
  }
}

/** The options for core that flags stand for. */
export function toDetachedOptions(flags: RunFlags): SpawnOptions {
  const { keep, maxSpool, idempotencyKey } = flags;
  return {
    ...toSpawnOptions(flags),
    detached: true,
    ...(keep !== undefined && { keepMs: keep }),
    ...(maxSpool !== undefined && { maxSpoolBytes: maxSpool }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}
