import { dirname, resolve } from 'node:path';
import type { Config, TargetConfig } from './config.ts';
import type { Fault } from './fault.ts';
import type { RawConfig } from './schema/config.ts';
import type { TargetEntry } from './schema/target.ts';

/** A file that has no fault, with every host a target of its own. */
export function toConfig(file: string, raw: RawConfig, warnings: readonly Fault[]): Config {
  const directory = dirname(resolve(file));
  const targets = Object.entries(raw.targets).flatMap(([entry, target]) =>
    targetsOf(entry, target, optionsOf(target, raw.defaults?.options ?? {}, directory)),
  );
  return {
    file,
    targets: new Map(targets.map((target) => [target.name, target])),
    defaultTarget: raw.defaults?.target,
    warnings,
    quotas: raw.quotas,
    tools: raw.tools,
  };
}

function targetsOf(entry: string, target: TargetEntry, { hosts, ...options }: Readonly<Record<string, unknown>>): TargetConfig[] {
  const config = {
    entry,
    kind: target.kind,
    description: target.description,
    labels: target.labels ?? {},
    expose: target.mcp?.expose ?? ('commands' as const),
    queue: target.queue,
  };
  if (Array.isArray(hosts)) return hosts.flat().map((host: string) => ({ ...config, name: host, options: { ...options, host } }));
  return [{ ...config, name: entry, options: hosts === undefined ? options : { ...options, hosts } }];
}

/** With the file's defaults. Paths of this machine are relative to the file. */
function optionsOf({ kind, options }: TargetEntry, outer: object, directory: string): Readonly<Record<string, unknown>> {
  const defaults: Readonly<Record<string, unknown>> = merged(outer, options['defaults'] ?? {});
  const { cwd } = defaults;
  const local = kind === 'local' && typeof cwd === 'string';
  return { ...options, defaults: local ? { ...defaults, cwd: resolve(directory, cwd) } : defaults };
}

/** A target's own defaults win; of mappings, key by key. */
function merged(outer: object, inner: object): Record<string, unknown> {
  const both = Object.entries(outer).filter(([key, value]) => isMapping(value) && isMapping(Reflect.get(inner, key)));
  return { ...outer, ...inner, ...Object.fromEntries(both.map(([key, value]) => [key, { ...value, ...Reflect.get(inner, key) }])) };
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
