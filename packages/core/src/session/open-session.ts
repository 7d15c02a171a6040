import { randomBytes } from 'node:crypto';
import type { Driver } from '../driver.ts';
import type { DriverExecutorSettings } from '../engine/driver-executor.ts';
import { resolveOptions } from '../engine/resolve-options.ts';
import type { Run } from '../engine/run.ts';
import { StartDeadline } from '../engine/start-deadline.ts';
import { invalidOption, notSupported } from '../errors.ts';
import type { SessionOptions } from '../session.ts';
import { SessionShell } from './session-shell.ts';
import { ShellSession } from './shell-session.ts';

export interface OpenSessionParts {
  readonly driver: Driver;
  readonly settings: DriverExecutorSettings;
  /** Hears of each of its commands. */
  readonly runs: Set<Run>;
}

/** Shells whose language sessions are written in; in words that need no quotes. */
const SESSION_SHELL = /^[\w@%+=:,./-]*\/(sh|dash|ash|bash)$/;

/** Opens a session on a driver that can open a shell; the options are checked. */
export async function openSession({ driver, settings, runs }: OpenSessionParts, options: SessionOptions): Promise<ShellSession> {
  const { supports, warm } = driver;
  if (!supports.sessions || !warm) throw notSupported('openSession', 'this target opens no shell; pass cwd and env to each command');
  const { restore, tenant, labels } = options;
  const defaults = { ...settings.defaults };
  const resolved = resolveOptions({ ...options, env: { ...restore?.env, ...options.env }, ...cwdOf(options) }, defaults, supports.lifeline);
  const { shell, user, limits, env, startTimeoutMs, killGraceMs } = resolved;
  if (user !== undefined) throw notSupported('user', 'a session runs as the account that the target gives; use su or sudo inside it');
  if (!SESSION_SHELL.test(shell))
    throw invalidOption('shell', `'${shell}' keeps no session`, 'a path of sh, dash, ash or bash, without spaces');
  const deadline = new StartDeadline(startTimeoutMs, options.signal, driver);
  const suffix = `session-${randomBytes(10).toString('hex')}`;
  const words = shell.endsWith('/bash') ? `${shell} --norc` : shell;
  const marker = `${settings.marker}.${suffix}`;
  const base = await deadline.keep(async (signal) => warm.base?.(signal));
  const opened = await deadline.keep((signal) => SessionShell.open({ target: warm, shell: words, marker, killGraceMs }, signal));
  const session = new ShellSession({
    id: `${settings.name}-${suffix}`,
    target: settings.name,
    shell: opened,
    supports,
    executorMarker: settings.marker,
    lifelineMs: settings.lifelineMs,
    defaults: { ...defaults, labels: { ...defaults.labels, ...labels }, ...(tenant !== undefined && { tenant }) },
    runs,
    ...(options.turn && { turn: options.turn }),
  });
  try {
    await deadline.keep((signal) => session.enter({ cwd: warm.directory(resolved.cwd), env: { ...base, ...env }, limits }, shell, signal));
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** A directory of its own is joined to the executor's, as for a command; that of a snapshot is none that was asked for. */
function cwdOf({ cwd, restore }: SessionOptions): { cwd?: string } {
  if (cwd !== undefined) return { cwd };
  return restore ? { cwd: restore.cwd } : {};
}
