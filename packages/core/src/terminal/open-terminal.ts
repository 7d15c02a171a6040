import { randomBytes } from 'node:crypto';
import { type Driver, type DriverTerminal, NotStarted, type TerminalRequest } from '../driver.ts';
import type { DriverExecutorSettings } from '../engine/driver-executor.ts';
import { withHint } from '../engine/login-hint.ts';
import { resolveOptions } from '../engine/resolve-options.ts';
import { StartDeadline } from '../engine/start-deadline.ts';
import { isExecError, notSupported } from '../errors.ts';
import type { TerminalOptions } from '../terminal.ts';
import { lostTerminal } from './lost-terminal.ts';
import { TerminalHandle } from './terminal-handle.ts';

/** Opens a terminal on a driver that has some; the options are checked. */
export async function openTerminal(driver: Driver, settings: DriverExecutorSettings, options: TerminalOptions): Promise<TerminalHandle> {
  const { supports } = driver;
  if (!supports.terminal || !driver.openTerminal)
    throw notSupported('openTerminal', supports.noTerminal || 'this target has no terminals; use openSession() or exec()');
  const { command, columns = 80, rows = 24, term, signal, ...given } = options;
  const resolved = resolveOptions(given, settings.defaults ?? {}, supports.lifeline);
  const { cwd, env, user, shell, limits, startTimeoutMs, killGraceMs } = resolved;
  if (user !== undefined && !supports.user) throw notSupported('user', 'this target opens terminals as the account it was given');
  if (Object.values(limits).some((limit) => limit !== undefined))
    throw notSupported('limits', 'nothing would hold a terminal to the defaults of this executor; open it with another one');
  const suffix = `terminal-${randomBytes(10).toString('hex')}`;
  const id = `${settings.name}-${suffix}`;
  const request: TerminalRequest = {
    executionId: id,
    marker: `${settings.marker}.${suffix}`,
    env,
    shell,
    columns,
    rows,
    term: term ?? (env['TERM'] || 'xterm-256color'),
    killGraceMs,
    ...(command !== undefined && { command }),
    ...(cwd !== undefined && { cwd }),
    ...(user !== undefined && { user }),
  };
  const begun = performance.now();
  const terminal = await open(driver, request, new StartDeadline(startTimeoutMs, signal, driver), signal);
  const startMs = performance.now() - begun;
  return new TerminalHandle({ id, target: settings.name, terminal, killGraceMs, startMs, ...(signal && { signal }) });
}

async function open(
  driver: Driver,
  request: TerminalRequest,
  deadline: StartDeadline,
  callers: AbortSignal | undefined,
): Promise<DriverTerminal> {
  try {
    return await deadline.keep(async (signal) => {
      const opened = driver.openTerminal?.(request, signal);
      if (!opened) throw notSupported('openTerminal', 'this target has no terminals');
      return await opened.catch((fault: unknown) => {
        const isCertain = fault instanceof NotStarted || isExecError(fault);
        // Whoever gave it up knows why.
        if (isCertain || callers?.aborted) signal.throwIfAborted();
        if (isCertain) throw fault;
        return lostTerminal(fault);
      });
    });
  } catch (fault) {
    throw fault instanceof NotStarted ? withHint(fault.error, driver.supports) : fault;
  }
}
