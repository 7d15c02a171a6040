import type { TargetConfig } from '../config/config.ts';
import { findConfig } from '../config/find-config.ts';
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import type { Finding } from './finding.ts';

/** What says which daemon is a target's. */
const WHERE = ['host', 'context', 'tlsDirectory', 'sshConfigFile'] as const;

/**
 * Removes what dead clients left on the daemons of a file's targets, each daemon once.
 *
 * @throws UsageError where there is no file, or it has faults
 */
export async function cleaned(config: string | undefined): Promise<Finding[]> {
  const file = findConfig(config);
  if (file === undefined)
    throw new UsageError('--clean: there is no errand.yaml, which names the daemons. Allowed: with one, or --config.');
  const { readConfig } = await import('../config/read-config.ts');
  const daemons = new Map<string, TargetConfig[]>();
  for (const target of readConfig(file).targets.values()) {
    if (target.kind !== 'docker') continue;
    const key = JSON.stringify(WHERE.map((name) => target.options[name]));
    daemons.set(key, [...(daemons.get(key) ?? []), target]);
  }
  const found = await Promise.all([...daemons.values()].map(cleanDaemon));
  return found.length > 0 ? found : [{ state: 'ok', what: 'clean', found: `no target of ${file} leaves anything: none is of kind docker` }];
}

async function cleanDaemon(targets: readonly TargetConfig[]): Promise<Finding> {
  const what = `docker: ${targets.map(({ name }) => name).join(', ')}`;
  try {
    const { removeDockerLeftOvers } = await import('@errand/backend-docker');
    const { withWayToDaemon } = await import('../config/docker-over-ssh.ts');
    const options = Object.fromEntries(WHERE.map((name) => [name, targets[0]?.options[name]]).filter(([, value]) => value !== undefined));
    const removed = await removeDockerLeftOvers(await withWayToDaemon(options));
    const names = removed.map(({ name, status }) => `${name} (${status})`);
    return { state: 'ok', what, found: names.length > 0 ? `removed ${names.join(', ')}` : 'nothing was left' };
  } catch (error) {
    return { state: 'fault', what, found: messageOf(error) };
  }
}
