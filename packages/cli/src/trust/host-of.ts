import type { SshExecutorOptions } from '@errand/backend-ssh';
import { findConfig } from '../config/find-config.ts';
import { isSshUri } from '../is-ssh-uri.ts';
import { parseSshUri } from '../open-ssh.ts';
import { UsageError } from '../usage-error.ts';

/** What is said of a host, in errand.yaml or on the command line. */
export async function hostOf(target: string, config: string | undefined): Promise<SshExecutorOptions> {
  if (isSshUri(target)) return parseSshUri(target);
  const file = findConfig(config);
  if (file === undefined) return { host: target };
  const { readConfig } = await import('../config/read-config.ts');
  const found = readConfig(file).targets.get(target);
  if (!found) return { host: target };
  if (found.kind !== 'ssh') throw new UsageError(`trust: '${target}' is of the kind ${found.kind}, which has no host key. Allowed: ssh.`);
  return { ...found.options, host: String(found.options['host']), name: found.name };
}
