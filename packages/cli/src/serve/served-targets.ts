import { localExecutor } from '@errand/core';
import type { Target } from '@errand/mcp-adapter';
import { findConfig } from '../config/find-config.ts';
import { UsageError } from '../usage-error.ts';

/** What MCP clients may run commands on: this machine, or those targets of a configuration file that expose commands. */
export async function servedTargets(config: string | undefined, names: readonly string[] | undefined): Promise<readonly Target[]> {
  const file = findConfig(config);
  if (file === undefined) {
    const other = names?.find((name) => name !== 'local');
    if (other !== undefined)
      throw new UsageError(`--target: there is no target '${other}'. Allowed: local, and what an errand.yaml names.`);
    return [{ executor: localExecutor() }];
  }
  // Without a file nobody waits for what reads one.
  const { chooseTarget, open, readUsableConfig } = await import('../config/open-configured.ts');
  const found = readUsableConfig(file);
  const chosen =
    names?.map((name) => chooseTarget(found, name)) ?? [...found.targets.values()].filter(({ expose }) => expose === 'commands');
  const closed = chosen.find(({ expose }) => expose !== 'commands');
  if (closed) throw new UsageError(`--target: '${closed.name}' exposes no commands (targets.${closed.entry}.mcp.expose).`);
  if (chosen.length === 0) throw new UsageError(`serve: no target in ${file} exposes commands. Allowed: mcp: { expose: commands }.`);
  const targets: Target[] = [];
  try {
    for (const target of chosen) {
      const { description, labels } = target;
      targets.push({ executor: await open(target), labels, ...(description !== undefined && { description }) });
    }
  } catch (fault) {
    await Promise.all(targets.map(({ executor }) => executor.close()));
    throw fault;
  }
  return targets;
}
