import { loadFunction } from '../config/backends.ts';
import type { TargetConfig } from '../config/config.ts';
import { findConfig } from '../config/find-config.ts';
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import type { Finding } from './finding.ts';

type Options = Readonly<Record<string, unknown>>;

/** What says where a kind's targets leave something, and what removes it there: the names of what was removed. */
interface Cleaner {
  readonly where: readonly string[];
  readonly clean: (options: Options) => Promise<readonly string[]>;
}

const CLEANERS: Readonly<Record<string, Cleaner>> = {
  docker: { where: ['host', 'context', 'tlsDirectory', 'sshConfigFile'], clean: cleanDocker },
  k8s: { where: ['kubeconfig', 'context', 'inCluster', 'namespace'], clean: cleanK8s },
};

/**
 * Removes what dead clients left on the daemons and in the clusters of a file's targets, in each place once.
 *
 * @throws UsageError where there is no file, or it has faults
 */
export async function cleaned(config: string | undefined): Promise<Finding[]> {
  const file = findConfig(config);
  if (file === undefined)
    throw new UsageError('--clean: there is no errand.yaml, which names the daemons. Allowed: with one, or --config.');
  const { readConfig } = await import('../config/read-config.ts');
  const places = new Map<string, TargetConfig[]>();
  for (const target of readConfig(file).targets.values()) {
    const cleaner = cleanerOf(target);
    if (!cleaner) continue;
    const key = JSON.stringify([target.kind, ...cleaner.where.map((name) => target.options[name])]);
    places.set(key, [...(places.get(key) ?? []), target]);
  }
  const found = await Promise.all([...places.values()].map(cleanPlace));
  return found.length > 0
    ? found
    : [{ state: 'ok', what: 'clean', found: `no target of ${file} leaves anything: none is of kind docker or k8s` }];
}

async function cleanPlace(targets: readonly TargetConfig[]): Promise<Finding> {
  const [first] = targets;
  const what = `${first?.kind}: ${targets.map(({ name }) => name).join(', ')}`;
  const cleaner = first && cleanerOf(first);
  try {
    const options = Object.fromEntries(
      (cleaner?.where ?? []).map((name) => [name, first?.options[name]]).filter(([, value]) => value !== undefined),
    );
    const names = (await cleaner?.clean(options)) ?? [];
    return { state: 'ok', what, found: names.length > 0 ? `removed ${names.join(', ')}` : 'nothing was left' };
  } catch (error) {
    return { state: 'fault', what, found: messageOf(error) };
  }
}

function cleanerOf({ kind }: TargetConfig): Cleaner | undefined {
  return Object.hasOwn(CLEANERS, kind) ? CLEANERS[kind] : undefined;
}

async function cleanDocker(options: Options): Promise<readonly string[]> {
  const { removeDockerLeftOvers } = await import('@errand/backend-docker');
  const { withWayToDaemon } = await import('../config/docker-over-ssh.ts');
  const removed = await removeDockerLeftOvers(await withWayToDaemon(options));
  return removed.map(({ name, status }) => `${name} (${status})`);
}

interface LeftOver {
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
}

/** Its package need not be installed. */
async function cleanK8s(options: Options): Promise<readonly string[]> {
  const removeK8sLeftOvers = await loadFunction('k8s', 'removeK8sLeftOvers');
  const removed = (await Reflect.apply(removeK8sLeftOvers, undefined, [options])) as readonly LeftOver[];
  return removed.map(({ namespace, name, phase }) => `${namespace}/${name} (${phase})`);
}
