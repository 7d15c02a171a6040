import { localExecutor } from '@errand/core';
import type { ConfiguredTools, Target, ToolOptions } from '@errand/mcp-adapter';
import type { Config, TargetConfig } from '../config/config.ts';
import { ConfigError } from '../config/fault.ts';
import { findConfig } from '../config/find-config.ts';
import { isSshUri } from '../is-ssh-uri.ts';
import { UsageError } from '../usage-error.ts';

/** The longest timeout that a call may ask for, unless the file has a longer one: the adapter's own default (24 h). */
const MAX_TIMEOUT_MS = 86_400_000;

/** What MCP clients are offered, and what holds for a call that does not say. */
export interface Served {
  readonly targets: readonly Target[];
  readonly options: Omit<ToolOptions, 'prefix' | 'include' | 'tenant' | 'stateDirectory'>;
}

/** What the command line says of it, which wins over the file. */
export interface ServedFlags {
  readonly config?: string;
  readonly target?: readonly string[];
  readonly timeout?: number;
  readonly toolsOnly?: boolean;
  readonly readOnly?: boolean;
}

/** This machine, or those targets of a configuration file that expose something; hosts that are named by their address come beside. */
export async function servedTargets({ readOnly, ...flags }: ServedFlags): Promise<Served> {
  const { targets, options } = await allowedTargets(flags);
  return { targets, options: { ...options, ...(readOnly && { readOnly }) } };
}

async function allowedTargets({ target, ...flags }: ServedFlags): Promise<Served> {
  if (flags.toolsOnly && target?.some(isSshUri)) throw new UsageError('--tools-only: a host that is named by its address has no tools.');
  const hosts = await openHosts([...new Set(target)].filter(isSshUri));
  const names = target?.filter((name) => !isSshUri(name));
  if (names?.length === 0) return { targets: hosts, options: timeoutOptions(flags.timeout, []) };
  try {
    const served = await ofFile({ ...flags, ...(names && { target: names }) });
    return { ...served, targets: [...served.targets, ...hosts] };
  } catch (fault) {
    await Promise.all(hosts.map(({ executor }) => executor.close()));
    throw fault;
  }
}

async function openHosts(uris: readonly string[]): Promise<readonly Target[]> {
  if (uris.length === 0) return [];
  const { openSsh } = await import('../open-ssh.ts');
  return Promise.all(uris.map(async (uri) => ({ executor: await openSsh(uri, {}) })));
}

async function ofFile({ config, target: names, timeout, toolsOnly }: ServedFlags): Promise<Served> {
  const file = findConfig(config);
  if (file === undefined && toolsOnly) throw new UsageError('--tools-only: there are no tools without a file that configures them.');
  if (file === undefined) {
    const other = names?.find((name) => name !== 'local');
    if (other !== undefined)
      throw new UsageError(`--target: there is no target '${other}'. Allowed: local, ssh://HOST, and what an errand.yaml names.`);
    return { targets: [{ executor: localExecutor() }], options: timeoutOptions(timeout, []) };
  }
  // Without a file nobody waits for what reads one.
  const { chooseTarget } = await import('../config/open-configured.ts');
  const { readConfig } = await import('../config/read-config.ts');
  const found = readConfig(file);
  const chosen = exposed(found, names && [...new Set(names)].map((name) => chooseTarget(found, name)));
  const [{ servedTools }, { toolFaults }] = await Promise.all([import('./served-tools.ts'), import('./tool-faults.ts')]);
  const faults = await toolFaults(found);
  if (faults.length > 0) throw new ConfigError(file, faults);
  const tools = servedTools(found, chosen);
  refuseNothing(found, chosen, { tools, toolsOnly });
  const own = timeout === undefined ? chosen.map(timeoutOf) : [];
  const defaultTarget = chosen.find(({ name }) => name === found.defaultTarget)?.name;
  const targets = await openAll(toolsOnly ? chosen.map(toolsAlone) : chosen, own, found);
  const longest = chosen.map(({ allowances }) => allowances.maxTimeoutMs);
  const common = { ...timeoutOptions(timeout, [...own, ...longest]), ...found.mcp, tools };
  return { targets, options: { ...common, ...(defaultTarget !== undefined && { defaultTarget }) } };
}

/** @throws UsageError where one that was named exposes nothing, or none does */
function exposed({ file, targets }: Config, named: readonly TargetConfig[] | undefined): readonly TargetConfig[] {
  const closed = named?.find(({ expose }) => expose === 'none');
  if (closed) throw new UsageError(`--target: '${closed.name}' exposes nothing (targets.${closed.entry}.mcp.expose).`);
  const chosen = named ?? [...targets.values()].filter(({ expose }) => expose !== 'none');
  if (chosen.length === 0)
    throw new UsageError(`serve: no target in ${file} exposes anything. Allowed: mcp: { expose: commands }, or expose: tools.`);
  return chosen;
}

/** @throws UsageError where targets expose tools alone, and there is none for them */
function refuseNothing({ file }: Config, chosen: readonly TargetConfig[], { tools, toolsOnly = false }: ServedToolsOf): void {
  if (Object.keys(tools).length > 0 || (!toolsOnly && chosen.some(({ expose }) => expose === 'commands'))) return;
  const why = toolsOnly ? '--tools-only' : `mcp: { expose: tools }`;
  throw new UsageError(`serve: with ${why} nothing is left: no tool of ${file} runs on ${chosen.map(({ name }) => name).join(', ')}.`);
}

interface ServedToolsOf {
  readonly tools: ConfiguredTools;
  readonly toolsOnly?: boolean | undefined;
}

function toolsAlone(target: TargetConfig): TargetConfig {
  return { ...target, expose: 'tools', files: 'none' };
}

/** Its executors are open, all or none. */
async function openAll(
  chosen: readonly TargetConfig[],
  timeouts: readonly (number | undefined)[],
  config: Config,
): Promise<readonly Target[]> {
  const { open, quotasOf } = await import('../config/open-configured.ts');
  const quotas = await quotasOf(config);
  const targets: Target[] = [];
  try {
    for (const [i, target] of chosen.entries()) {
      const { description, labels, files, maxJobOutputBytes, expose, allowances } = target;
      const defaultTimeoutMs = timeouts[i];
      targets.push({
        executor: await open(target, quotas),
        labels,
        files,
        ...allowances,
        ...(expose === 'tools' && { expose }),
        ...(description !== undefined && { description }),
        ...(defaultTimeoutMs !== undefined && { defaultTimeoutMs }),
        ...(maxJobOutputBytes !== undefined && { maxJobOutputBytes }),
      });
    }
  } catch (fault) {
    await Promise.all(targets.map(({ executor }) => executor.close()));
    throw fault;
  }
  return targets;
}

function timeoutOptions(flag: number | undefined, own: readonly (number | undefined)[]): Served['options'] {
  const maxTimeoutMs = Math.max(MAX_TIMEOUT_MS, flag ?? 0, ...own.map((timeout = 0) => timeout));
  return { maxTimeoutMs, ...(flag !== undefined && { defaultTimeoutMs: flag }) };
}

/** Of its own `defaults`, or of the file's. */
function timeoutOf({ options }: TargetConfig): number | undefined {
  const timeout: unknown = Object(options['defaults']).timeoutMs;
  return typeof timeout === 'number' ? timeout : undefined;
}
