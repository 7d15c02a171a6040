import { type Executor, localExecutor } from '@errand/core';
import type { Target, ToolOptions } from '@errand/mcp-adapter';
import type { Config, TargetConfig } from '../config/config.ts';
import { ConfigError } from '../config/fault.ts';
import { findConfig } from '../config/find-config.ts';
import type { SharedQuota } from '../config/shared-quota.ts';
import { isSshUri } from '../is-ssh-uri.ts';
import { UsageError } from '../usage-error.ts';
import { refuseNothing } from './refuse-nothing.ts';

/** The longest timeout that a call may ask for, unless the file has a longer one: the adapter's own default (24 h). */
const MAX_TIMEOUT_MS = 86_400_000;

/** What MCP clients are offered, and what holds for a call that does not say. */
export interface Served {
  readonly targets: readonly Target[];
  readonly options: Omit<ToolOptions, 'prefix' | 'include' | 'tenant' | 'stateDirectory'>;
  /** What the file says of serving over HTTP. */
  readonly http?: Config['http'];
  /** The file, where there is one. */
  readonly file?: string;
  /** The executors of the file's targets, by their names. */
  readonly opened?: ReadonlyMap<string, Opened>;
  /** What they are held to, and what the file says of it. */
  readonly quotas?: { readonly shared: SharedQuota | undefined; readonly said: string };
  /** Hosts that the command line names by their addresses. */
  readonly hosts?: readonly Target[];
}

/** An executor, and what it was made of. */
export interface Opened {
  readonly executor: Executor;
  readonly said: string;
}

/** What the command line says of it, which wins over the file. */
export interface ServedFlags {
  readonly config?: string;
  readonly target?: readonly string[];
  readonly timeout?: number;
  readonly toolsOnly?: boolean;
  readonly readOnly?: boolean;
}

/**
 * This machine, or those targets of a configuration file that expose something; hosts that are named by their address come beside.
 *
 * @param before What was served: executors of which the file says the same are not made anew
 */
export async function servedTargets(flags: ServedFlags, before?: Served): Promise<Served> {
  const served = await allowedTargets(flags, before);
  return { ...served, options: { ...served.options, ...(flags.readOnly && { readOnly: true }) } };
}

async function allowedTargets({ target, ...flags }: ServedFlags, before: Served | undefined): Promise<Served> {
  const flag = flags.toolsOnly ? '--tools-only' : '--read-only';
  if ((flags.toolsOnly || flags.readOnly) && target?.some(isSshUri))
    throw new UsageError(`${flag}: a host that is named by its address has no tools.`);
  const hosts = before?.hosts ?? (await openHosts([...new Set(target)].filter(isSshUri)));
  const names = target?.filter((name) => !isSshUri(name));
  if (names?.length === 0) return { targets: hosts, options: timeoutOptions(flags.timeout, []) };
  try {
    const served = await ofFile({ ...flags, ...(names && { target: names }) }, before);
    return { ...served, targets: [...served.targets, ...hosts], hosts };
  } catch (fault) {
    if (!before) await Promise.all(hosts.map(({ executor }) => executor.close()));
    throw fault;
  }
}

async function openHosts(uris: readonly string[]): Promise<readonly Target[]> {
  if (uris.length === 0) return [];
  const { openSsh } = await import('../open-ssh.ts');
  return Promise.all(uris.map(async (uri) => ({ executor: await openSsh(uri, {}) })));
}

async function ofFile({ config, target: names, timeout, toolsOnly, readOnly }: ServedFlags, before: Served | undefined): Promise<Served> {
  const file = findConfig(config);
  if (file === undefined && (toolsOnly || readOnly))
    throw new UsageError(`${toolsOnly ? '--tools-only' : '--read-only'}: there are no tools without a file that configures them.`);
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
  const allowed = toolsOnly ? chosen.map(toolsAlone) : chosen;
  refuseNothing({ file, targets: allowed, tools, toolsOnly, readOnly });
  const own = timeout === undefined ? chosen.map(timeoutOf) : [];
  const defaultTarget = chosen.find(({ name }) => name === found.defaultTarget)?.name;
  const bounds = timeoutOptions(timeout, own);
  const longest = Math.max(bounds.maxTimeoutMs, ...chosen.map(({ allowances }) => allowances.maxTimeoutMs ?? 0));
  const bound = longest > bounds.maxTimeoutMs ? allowed.map((target) => boundBy(bounds, target)) : allowed;
  const { targets, opened, quotas } = await openAll(bound, own, found, before);
  const common = { ...bounds, maxTimeoutMs: longest, ...found.mcp, tools };
  return {
    targets,
    options: { ...common, ...(defaultTarget !== undefined && { defaultTarget }) },
    ...(found.http && { http: found.http }),
    file,
    opened,
    quotas,
  };
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

function toolsAlone(target: TargetConfig): TargetConfig {
  return { ...target, expose: 'tools', files: 'none' };
}

/** What one target allows beyond the longest timeout of all is its own. */
function boundBy({ maxTimeoutMs }: Bounds, target: TargetConfig): TargetConfig {
  return { ...target, allowances: { maxTimeoutMs, ...target.allowances } };
}

/** Its executors are open, all or none; those of which the file says what it said before are the same. */
async function openAll(
  chosen: readonly TargetConfig[],
  timeouts: readonly (number | undefined)[],
  config: Config,
  before: Served | undefined,
): Promise<Required<Pick<Served, 'targets' | 'opened' | 'quotas'>>> {
  const { open, quotasOf } = await import('../config/open-configured.ts');
  const said = JSON.stringify(config.quotas ?? null);
  const quotas = before?.quotas?.said === said ? before.quotas : { shared: await quotasOf(config), said };
  const opened = new Map<string, Opened>();
  const own: Executor[] = [];
  try {
    for (const target of chosen) {
      const { name, kind, options, queue } = target;
      const made = JSON.stringify([kind, options, queue ?? null, said]);
      const kept = before?.opened?.get(name);
      const executor = kept?.said === made ? kept.executor : await open(target, quotas.shared);
      if (executor !== kept?.executor) own.push(executor);
      opened.set(name, { executor, said: made });
    }
  } catch (fault) {
    await Promise.all(own.map((executor) => executor.close()));
    throw fault;
  }
  return { targets: chosen.map((target, i) => toTarget(target, opened.get(target.name), timeouts[i])), opened, quotas };
}

function toTarget(target: TargetConfig, opened: Opened | undefined, defaultTimeoutMs: number | undefined): Target {
  if (!opened) throw new Error(`The target '${target.name}' was not opened.`);
  const { description, labels, files, maxJobOutputBytes, expose, allowances } = target;
  return {
    executor: opened.executor,
    labels,
    files,
    ...allowances,
    ...(expose === 'tools' && { expose }),
    ...(description !== undefined && { description }),
    ...(defaultTimeoutMs !== undefined && { defaultTimeoutMs }),
    ...(maxJobOutputBytes !== undefined && { maxJobOutputBytes }),
  };
}

interface Bounds {
  readonly maxTimeoutMs: number;
  readonly defaultTimeoutMs?: number;
}

function timeoutOptions(flag: number | undefined, own: readonly (number | undefined)[]): Bounds {
  const maxTimeoutMs = Math.max(MAX_TIMEOUT_MS, flag ?? 0, ...own.map((timeout = 0) => timeout));
  return { maxTimeoutMs, ...(flag !== undefined && { defaultTimeoutMs: flag }) };
}

/** Of its own `defaults`, or of the file's. */
function timeoutOf({ options }: TargetConfig): number | undefined {
  const timeout: unknown = Object(options['defaults']).timeoutMs;
  return typeof timeout === 'number' ? timeout : undefined;
}
