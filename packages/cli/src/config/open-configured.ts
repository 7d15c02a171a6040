import { type Executor, queued } from '@errand/core';
import type { OpenOptions } from '../targets.ts';
import { UsageError } from '../usage-error.ts';
import { loadFactory } from './backends.ts';
import type { Config, TargetConfig } from './config.ts';
import { withWayToDaemon } from './docker-over-ssh.ts';
import { readConfig } from './read-config.ts';
import type { SharedQuota } from './shared-quota.ts';

const NAMES_IN_MESSAGES = 10;

/** Makes the executor of one of a file's targets. */
export async function openConfigured(file: string, name: string | undefined, options: OpenOptions): Promise<Executor> {
  const config = readConfig(file);
  return await open(chooseTarget(config, name), await quotasOf(config), options);
}

/** Makes a target's executor, held to the quotas of its file. `options` of the command line win. */
export async function open(target: TargetConfig, quotas: SharedQuota | undefined, options: OpenOptions = {}): Promise<Executor> {
  const executor = await openUnheld(target, options);
  if (quotas) return quotas.hold(executor, target.queue);
  return target.queue ? queued(executor, target.queue) : executor;
}

async function openUnheld(target: TargetConfig, { defaults, ...options }: OpenOptions): Promise<Executor> {
  const factory = await loadFactory(target.kind).catch((error: unknown) => {
    throw error instanceof UsageError ? new UsageError(`targets.${target.entry}: ${error.message}`) : error;
  });
  const own = target.kind === 'docker' ? await withWayToDaemon(target.options) : target.options;
  const configured = own['defaults'];
  return factory({ ...own, ...options, name: target.name, defaults: { ...Object(configured), ...defaults } });
}

/** What holds for all targets of a file together. */
export async function quotasOf({ file, quotas }: Config): Promise<SharedQuota | undefined> {
  if (!quotas) return undefined;
  // Without quotas nobody waits for what counts them.
  const { SharedQuota } = await import('./shared-quota.ts');
  return SharedQuota.of(file, quotas);
}

/** @throws UsageError that says which names there are */
export function chooseTarget({ file, targets, defaultTarget }: Config, name: string | undefined): TargetConfig {
  const [only, another] = targets.values();
  const wanted = name ?? defaultTarget;
  if (wanted === undefined && only && !another) return only;
  if (wanted === undefined)
    throw new UsageError(`--target: ${file} has several targets and names no default. Allowed: ${namesOf(targets.values())}.`);
  const found = targets.get(wanted);
  if (found) return found;
  const hosts = [...targets.values()].filter(({ entry }) => entry === wanted);
  if (hosts.length > 0)
    throw new UsageError(`--target: '${wanted}' stands for ${hosts.length} hosts. Allowed: one of them, ${namesOf(hosts)}.`);
  throw new UsageError(`--target: there is no target '${wanted}' in ${file}. Allowed: ${namesOf(targets.values())}.`);
}

function namesOf(targets: Iterable<TargetConfig>): string {
  const names = [...targets].map(({ name }) => name);
  const first = names.slice(0, NAMES_IN_MESSAGES).join(', ');
  return names.length > NAMES_IN_MESSAGES ? `${first} and ${names.length - NAMES_IN_MESSAGES} more (errand targets)` : first;
}
