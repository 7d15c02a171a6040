import { localExecutor } from '@errand/core';
import type { Target, ToolOptions } from '@errand/mcp-adapter';
import type { Config, TargetConfig } from '../config/config.ts';
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
}

/** This machine, or those targets of a configuration file that expose commands; hosts that are named by their address come beside. */
export async function servedTargets({ target, ...flags }: ServedFlags): Promise<Served> {
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

async function ofFile({ config, target: names, timeout }: ServedFlags): Promise<Served> {
  const file = findConfig(config);
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
  if (found.tools)
    console.error(`errand: warning: ${file}: tools: are not served yet; what is served is run_command with its jobs, and list_targets.`);
  const chosen = exposed(found, names && [...new Set(names)].map((name) => chooseTarget(found, name)));
  const own = timeout === undefined ? chosen.map(timeoutOf) : [];
  const defaultTarget = chosen.find(({ name }) => name === found.defaultTarget)?.name;
  const targets = await openAll(chosen, own, found);
  return { targets, options: { ...timeoutOptions(timeout, own), ...found.mcp, ...(defaultTarget !== undefined && { defaultTarget }) } };
}

/** @throws UsageError where one that was named exposes no commands, or none does, or one would expose what is not there yet */
function exposed({ file, targets }: Config, named: readonly TargetConfig[] | undefined): readonly TargetConfig[] {
  const early = (named ?? [...targets.values()]).find(({ expose }) => expose === 'tools');
  if (early)
    throw new UsageError(
      `targets.${early.entry}.mcp.expose: tools are not served yet, so nothing of this target would be. Allowed until then: commands, none.`,
    );
  const closed = named?.find(({ expose }) => expose !== 'commands');
  if (closed) throw new UsageError(`--target: '${closed.name}' exposes no commands (targets.${closed.entry}.mcp.expose).`);
  const chosen = named ?? [...targets.values()].filter(({ expose }) => expose === 'commands');
  if (chosen.length === 0) throw new UsageError(`serve: no target in ${file} exposes commands. Allowed: mcp: { expose: commands }.`);
  return chosen;
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
      const { description, labels, files, maxJobOutputBytes } = target;
      const defaultTimeoutMs = timeouts[i];
      targets.push({
        executor: await open(target, quotas),
        labels,
        files,
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
