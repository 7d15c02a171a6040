import { type Executor, type ExecutorOptions, localExecutor } from '@errand/core';
import { UsageError } from './usage-error.ts';

/** Makes the executor of a target. Without a configuration file there is one: this machine. */
export function openTarget(name: string, options: Pick<ExecutorOptions, 'logger' | 'defaults'> = {}): Executor {
  if (name !== 'local') throw new UsageError(`--target: there is no target '${name}'. Allowed: local.`);
  return localExecutor(options);
}
