import { posix } from 'node:path';
import type { CommandOptions, DefaultOptions, Limits, SpawnOptions, StdinSource } from '../options.ts';
import type { Signal } from '../result.ts';

/** A command's options, checked, merged with the executor's defaults, and complete. */
export interface ResolvedOptions {
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user: string | undefined;
  readonly shell: string;
  readonly stdin: StdinSource | 'pipe' | undefined;
  readonly mergeStderr: boolean;
  readonly timeoutMs: number | undefined;
  readonly startTimeoutMs: number;
  readonly idleTimeoutMs: number | undefined;
  readonly killSignal: Signal;
  readonly killGraceMs: number;
  readonly maxOutputBytes: number;
  readonly limits: Limits;
  readonly daemons: 'keep' | 'end';
  readonly tenant: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly onOutput: CommandOptions['onOutput'];
}

/** The default deadline on a target that would not notice a client's death (15 min). */
const MANDATORY_TIMEOUT_MS = 900_000;

const NOTHING = Object.freeze({});

/** Fills in what a caller left out. */
export function resolveOptions(options: SpawnOptions, defaults: DefaultOptions, hasLifeline: boolean): ResolvedOptions {
  return {
    cwd: resolveCwd(options.cwd, defaults.cwd),
    env: merged(defaults.env, options.env),
    user: options.user ?? defaults.user,
    shell: options.shell ?? defaults.shell ?? '/bin/sh',
    stdin: options.stdin,
    mergeStderr: options.stderr === 'stdout',
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs ?? (hasLifeline ? undefined : MANDATORY_TIMEOUT_MS),
    startTimeoutMs: options.startTimeoutMs ?? defaults.startTimeoutMs ?? 60_000,
    idleTimeoutMs: options.idleTimeoutMs ?? defaults.idleTimeoutMs,
    killSignal: options.killSignal ?? defaults.killSignal ?? 'SIGTERM',
    killGraceMs: options.killGraceMs ?? defaults.killGraceMs ?? 5_000,
    maxOutputBytes: options.maxOutputBytes ?? defaults.maxOutputBytes ?? 1_048_576,
    limits: merged(defaults.limits, options.limits),
    daemons: options.daemons ?? defaults.daemons ?? 'keep',
    tenant: options.tenant ?? defaults.tenant,
    labels: merged(defaults.labels, options.labels),
    onOutput: options.onOutput,
  };
}

/** What nobody said anything of is one object for all: a million commands may wait. */
function merged<T extends object>(base: T | undefined, own: T | undefined): T {
  return base || own ? ({ ...base, ...own } as T) : (NOTHING as T);
}

function resolveCwd(cwd: string | undefined, base: string | undefined): string | undefined {
  if (cwd === undefined || base === undefined || cwd.startsWith('/')) return cwd ?? base;
  return posix.join(base, cwd);
}
