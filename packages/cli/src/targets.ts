import { type Executor, type ExecutorOptions, localExecutor } from '@errand/core';
import { findConfig } from './config/find-config.ts';
import { isSshUri } from './is-ssh-uri.ts';
import { UsageError } from './usage-error.ts';

/** Which target, of which file. */
export interface TargetFlags {
  readonly target?: string;
  readonly config?: string;
}

/** What a command of the command line asks of its executor, beyond what the file says. */
export type OpenOptions = Pick<ExecutorOptions, 'logger' | 'defaults'>;

/**
 * Makes the executor of a target: the one that is named, else the file's default, else its only one. Without a configuration file
 * there is one target, this machine. `ssh://[user@]host[:port]` needs no file, and no other's holds for it.
 *
 * @throws UsageError for a name that there is not, a file with faults, and a backend that is not installed
 */
export async function openTarget({ target, config }: TargetFlags, options: OpenOptions = {}): Promise<Executor> {
  if (target !== undefined && isSshUri(target)) {
    const { openSsh } = await import('./open-ssh.ts');
    return openSsh(target, options);
  }
  const file = findConfig(config);
  if (file !== undefined) {
    // Without a file nobody waits for what reads one.
    const { openConfigured } = await import('./config/open-configured.ts');
    return openConfigured(file, target, options);
  }
  if (target === undefined || target === 'local') return localExecutor(options);
  throw new UsageError(`--target: there is no target '${target}'. Allowed: local, ssh://HOST, and what an errand.yaml names.`);
}
