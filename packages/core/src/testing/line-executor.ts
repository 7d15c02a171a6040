import { randomBytes } from 'node:crypto';
import { checkExecutorOptions } from '../checks/check-options.ts';
import { DriverExecutor } from '../engine/driver-executor.ts';
import type { Executor } from '../executor.ts';
import { LaunchedDriver } from '../launcher/launched-driver.ts';
import type { ExecutorOptions } from '../options.ts';
import { type LineDriverOptions, lineDriver } from './line-driver.ts';

/** An executor on this machine whose commands go through the launcher; see `lineDriver`. */
export function lineExecutor(shells: LineDriverOptions, options: ExecutorOptions = {}): Executor {
  checkExecutorOptions(options);
  const { name = 'line', defaults = {}, lifelineMs = 30_000, idempotencyTtlMs = 3_600_000, logger } = options;
  const marker = randomBytes(16).toString('hex');
  const driver = new LaunchedDriver(lineDriver(shells), {
    executorMarker: marker,
    lifelineMs,
    ...(shells.sh !== undefined && { shell: shells.sh }),
    ...(logger && { logger }),
  });
  return new DriverExecutor(driver, { name, defaults, marker, lifelineMs, idempotencyTtlMs });
}
