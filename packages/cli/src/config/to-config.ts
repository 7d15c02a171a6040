import { dirname, resolve } from 'node:path';
import type { Allowances } from '@errand/mcp-adapter';
import type { Config, TargetConfig } from './config.ts';
import type { Fault } from './fault.ts';
import type { RawConfig } from './schema/config.ts';
import type { TargetEntry } from './schema/target.ts';
import { configuredHosts } from './ssh-hosts.ts';

/** A file that has no fault, with every host a target of its own. */
export function toConfig(file: string, raw: RawConfig, warnings: readonly Fault[]): Omit<Config, 'placeOf'> {
  const directory = dirname(resolve(file));
  const targets = Object.entries(raw.targets).flatMap(([entry, target]) =>
    targetsOf(entry, target, optionsOf(target, raw.defaults?.options ?? {}, directory)),
  );
  const named = new Set(targets.filter(({ isFound }) => !isFound).map(({ target }) => target.name));
  return {
    file,
    // What the file names itself is meant, where OpenSSH's own configuration has a host of that name.
    targets: new Map(targets.flatMap(({ isFound, target }) => (isFound && named.has(target.name) ? [] : [[target.name, target]]))),
    defaultTarget: raw.defaults?.target,
    warnings,
    mcp: raw.mcp,
    http: raw.http,
    quotas: raw.quotas,
    tools: raw.tools,
  };
}

interface Expanded {
  readonly target: TargetConfig;
  /** In OpenSSH's configuration. */
  readonly isFound: boolean;
}

function targetsOf(entry: string, target: TargetEntry, { hosts, ...options }: Readonly<Record<string, unknown>>): Expanded[] {
  const config = {
    entry,
    kind: target.kind,
    description: target.description,
    labels: target.labels ?? {},
    expose: target.mcp?.expose ?? ('commands' as const),
    files: target.mcp?.files ?? ('none' as const),
    maxJobOutputBytes: target.mcp?.maxJobOutput,
    allowances: allowancesOf(target.mcp),
    queue: target.queue,
  };
  if (hosts === undefined) return [{ target: { ...config, name: entry, options }, isFound: false }];
  const isFound = !Array.isArray(hosts);
  const found: readonly string[] = isFound ? configuredHosts(textOf(options['configFile'])) : hosts.flat();
  return found.map((host) => ({ target: { ...config, name: host, options: { ...options, host } }, isFound }));
}

/** Under the API's names, those that are there. */
function allowancesOf({ maxTimeout, maxJobs, allowUser, allowEnv, background }: NonNullable<TargetEntry['mcp']> = {}): Allowances {
  return {
    ...(maxTimeout !== undefined && { maxTimeoutMs: maxTimeout }),
    ...(maxJobs !== undefined && { maxJobs }),
    ...(allowUser !== undefined && { allowUser }),
    ...(allowEnv !== undefined && { allowEnv }),
    ...(background !== undefined && { background }),
  };
}

/** With the file's defaults. Paths of this machine are relative to the file. */
function optionsOf({ kind, options }: TargetEntry, outer: object, directory: string): Readonly<Record<string, unknown>> {
  const defaults: Readonly<Record<string, unknown>> = merged(outer, options['defaults'] ?? {});
  const { cwd } = defaults;
  const local = kind === 'local' && typeof cwd === 'string';
  const own = ownPaths(kind, options, (path) => fromFile(directory, path));
  return { ...own, defaults: local ? { ...defaults, cwd: resolve(directory, cwd) } : defaults };
}

/** What is of this machine, of the options of a kind. */
function ownPaths(
  kind: string,
  options: Readonly<Record<string, unknown>>,
  absolute: (path: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  if (kind === 'ssh') return sshPaths(options, absolute);
  const { tlsDirectory, sshConfigFile, kubeconfig } = options;
  if (kind === 'k8s') return { ...options, ...(kubeconfig !== undefined && { kubeconfig: absolute(kubeconfig) }) };
  if (kind !== 'docker') return options;
  return {
    ...options,
    ...(tlsDirectory !== undefined && { tlsDirectory: absolute(tlsDirectory) }),
    ...(sshConfigFile !== undefined && { sshConfigFile: absolute(sshConfigFile) }),
  };
}

/** Those of an SSH target's options that are of this machine. */
function sshPaths(options: Readonly<Record<string, unknown>>, absolute: (path: unknown) => unknown): Readonly<Record<string, unknown>> {
  const { configFile, jumps } = options;
  return {
    ...hopPaths(options, absolute),
    ...(configFile !== undefined && { configFile: absolute(configFile) }),
    ...(Array.isArray(jumps) && { jumps: jumps.map((jump) => (isMapping(jump) ? hopPaths({ ...jump }, absolute) : jump)) }),
  };
}

/** Those of one host. */
function hopPaths(options: Readonly<Record<string, unknown>>, absolute: (path: unknown) => unknown): Readonly<Record<string, unknown>> {
  const { hostKey, authentication } = options;
  const known = isMapping(hostKey) ? Reflect.get(hostKey, 'knownHosts') : undefined;
  const each = (way: object): object => ('privateKeyFile' in way ? { ...way, privateKeyFile: absolute(way.privateKeyFile) } : way);
  return {
    ...options,
    ...(known !== undefined && { hostKey: { ...Object(hostKey), knownHosts: [known].flat().map(absolute) } }),
    ...(Array.isArray(authentication) && { authentication: authentication.map(each) }),
  };
}

/** `~/` is the backend's to know. */
function fromFile(directory: string, path: unknown): unknown {
  return typeof path !== 'string' || path.startsWith('~/') ? path : resolve(directory, path);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A target's own defaults win; of mappings, key by key. */
function merged(outer: object, inner: object): Record<string, unknown> {
  const both = Object.entries(outer).filter(([key, value]) => isMapping(value) && isMapping(Reflect.get(inner, key)));
  return { ...outer, ...inner, ...Object.fromEntries(both.map(([key, value]) => [key, { ...value, ...Reflect.get(inner, key) }])) };
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
