import { randomBytes } from 'node:crypto';
import type { OptionChecks } from '../checks/check-each.ts';
import { checkNode } from '../checks/check-node.ts';
import { checkExecutorOptions } from '../checks/check-options.ts';
import { readOptions } from '../checks/read-options.ts';
import type { Driver } from '../driver.ts';
import { notSupported } from '../errors.ts';
import type { Executor } from '../executor.ts';
import { LaunchedDriver } from '../launcher/launched-driver.ts';
import { LoginDriver } from '../login/login-driver.ts';
import { LoginEnvironment, type LoginEnvironmentParts } from '../login/login-environment.ts';
import type { DefaultOptions, ExecutorOptions, Logger } from '../options.ts';
import { PooledDriver } from '../shell/pooled-driver.ts';
import { DriverExecutor } from './driver-executor.ts';
import { resolveOptions } from './resolve-options.ts';

/** What a driver may need to know of its executor. */
export interface DriverContext {
  /** With which the marker of every execution begins: 128 random bits in hexadecimal. */
  readonly executorMarker: string;
  readonly lifelineMs: number;
  readonly logger: Logger | undefined;
}

/** What a backend's factory brings. */
export interface Backend<O extends ExecutorOptions> {
  /** The default name of its executors, such as `ssh`. */
  readonly kind: string;
  /** How its own options are checked, by name. */
  readonly optionChecks?: OptionChecks;
  /** For a driver with `launch: 'line'`: the POSIX sh on the target that runs launchers; default `/bin/sh`. */
  readonly shell?: string;
  /** `options` are a copy of the caller's, checked. */
  makeDriver(options: O, context: DriverContext): Driver;
}

/**
 * An Executor over a backend's driver: what every factory ends with. A driver with `launch: 'line'` gets a launcher and a
 * supervisor on the target.
 *
 * @example
 * export function myExecutor(options: MyOptions): Executor {
 *   return createExecutor({ kind: 'my', optionChecks, makeDriver: (checked) => new MyDriver(checked) }, options);
 * }
 *
 * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED`
 */
export function createExecutor<O extends ExecutorOptions>(backend: Backend<O>, options: O): Executor {
  const { kind, optionChecks = {}, shell } = backend;
  checkNode();
  const own = readOptions(options);
  checkExecutorOptions(own, optionChecks);
  const { name = kind, defaults = {}, lifelineMs = 30_000, idempotencyTtlMs = 3_600_000, logger } = own;
  const executorMarker = randomBytes(16).toString('hex');
  const driver = backend.makeDriver(own, { executorMarker, lifelineMs, logger });
  const launching = {
    executorMarker,
    lifelineMs,
    ...(shell !== undefined && { shell }),
    ...(defaults.cwd !== undefined && { cwd: defaults.cwd }),
    ...(logger && { logger }),
  };
  const isNative = driver.supports.launch === 'native';
  if (own.loginEnvironment && isNative)
    throw notSupported('loginEnvironment', "commands here come by no login shell; pass env, or run ['bash', '-lc', …]");
  const launched = isNative ? driver : new LaunchedDriver(driver, launching);
  const native = own.loginEnvironment ? withLogin(launched, { name, executorMarker, lifelineMs, defaults }) : launched;
  const pooled = own.shells === undefined ? native : withShells(native, own, { executorMarker, shell });
  return new DriverExecutor(pooled, { name, defaults, marker: executorMarker, lifelineMs, idempotencyTtlMs });
}

function withLogin(
  driver: Driver,
  { defaults, ...parts }: Omit<LoginEnvironmentParts, 'driver' | 'timeoutMs'> & { readonly defaults: DefaultOptions },
): Driver {
  const { startTimeoutMs: timeoutMs } = resolveOptions({}, defaults, true);
  return new LoginDriver(driver, new LoginEnvironment({ ...parts, driver, timeoutMs }));
}

/** Shells whose scripts a warm shell can be. bash reads ~/.bashrc where its stdin is a socket. */
const WARM_SHELL = /^[\w@%+=:,./-]*\/(sh|dash|ash|bash)$/;

function withShells(
  driver: Driver,
  { shells = {}, defaults = {} }: ExecutorOptions,
  { executorMarker, shell: launcherShell = '/bin/sh' }: { executorMarker: string; shell: string | undefined },
): Driver {
  if (!driver.warm) throw notSupported('shells', 'this target opens no shell that could be kept; leave it out');
  const wanted = defaults.shell !== undefined && WARM_SHELL.test(defaults.shell) ? defaults.shell : launcherShell;
  const shell = wanted.endsWith('/bash') ? `${wanted} --norc` : wanted;
  return new PooledDriver(driver, driver.warm, { shells, shell, executorMarker });
}
