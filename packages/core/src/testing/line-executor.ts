import { createExecutor } from '../engine/create-executor.ts';
import type { Executor } from '../executor.ts';
import type { ExecutorOptions } from '../options.ts';
import { type LineDriverOptions, lineDriver } from './line-driver.ts';

/** An executor on this machine whose commands go through the launcher; see `lineDriver`. */
export function lineExecutor(shells: LineDriverOptions, options: ExecutorOptions = {}): Executor {
  const { sh } = shells;
  return createExecutor({ kind: 'line', makeDriver: () => lineDriver(shells), ...(sh !== undefined && { shell: sh }) }, options);
}
