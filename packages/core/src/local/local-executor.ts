import { createExecutor } from '../engine/create-executor.ts';
import { notSupported } from '../errors.ts';
import type { Executor } from '../executor.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { baseEnvironment } from './environment.ts';
import { LocalDriver } from './local-driver.ts';
import { LocalFiles } from './local-files.ts';
import { type LocalExecutorOptions, localOptionChecks } from './local-options.ts';
import { localSupports } from './local-supports.ts';
import { openLocalShell } from './open-local-shell.ts';

/**
 * Runs commands on this machine, as children of this process, each in a process group and session of its own.
 *
 * @example
 * const executor = localExecutor({ defaults: { timeoutMs: 60_000 } });
 * const { stdout } = await executor.exec('uname -a', { check: true });
 * await executor.close();
 *
 * @throws ExecError `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED` (also on Windows: use WSL).
 */
export function localExecutor(options: LocalExecutorOptions = {}): Executor {
  if (process.platform === 'win32') throw notSupported('localExecutor', 'Windows has no POSIX processes; run Node inside WSL');
  return createExecutor(
    {
      kind: 'local',
      optionChecks: localOptionChecks,
      makeDriver: ({ environment, defaults }, { executorMarker, lifelineMs, logger }) =>
        new LocalDriver({
          supports: localSupports(),
          environment: baseEnvironment(environment),
          files: new LocalFiles(defaults?.cwd),
          supervisor: new Supervisor({ openShell: () => openLocalShell(), executorMarker, lifelineMs, ...(logger && { logger }) }),
        }),
    },
    options,
  );
}
