import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Driver, DriverProcess, DriverSupports, ProcessRequest } from '../../driver.ts';
import { DriverExecutor } from '../../engine/driver-executor.ts';
import type { Executor } from '../../executor.ts';
import { baseEnvironment } from '../../local/environment.ts';
import { LocalDriver } from '../../local/local-driver.ts';
import { LocalFiles } from '../../local/local-files.ts';
import { localSupports } from '../../local/local-supports.ts';
import { openLocalShell } from '../../local/open-local-shell.ts';
import type { ExecutorOptions } from '../../options.ts';
import { Supervisor } from '../../supervisor/supervisor.ts';
import { UNGUARDED_MARKER } from './unguarded-executor.ts';

/** Makes a fault in a driver: from how it should start a process to how it does. */
export type StartFault = (request: ProcessRequest, start: (request: ProcessRequest) => Promise<DriverProcess>) => Promise<DriverProcess>;

const markers = new Set([UNGUARDED_MARKER]);

/** Ends what the broken drivers left, by the marker in the environment of each process. */
export async function sweep(): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if ([...markers].some((marker) => environment.includes(marker))) process.kill(Number(pid), 'SIGKILL');
  }
}

/** The local backend with a driver that is broken in one way. */
export function localWith(fault: StartFault, options: ExecutorOptions = {}, supports: Partial<DriverSupports> = {}): Executor {
  const { name = 'broken', defaults = {}, lifelineMs = 30_000, idempotencyTtlMs = 3_600_000 } = options;
  const marker = randomBytes(16).toString('hex');
  markers.add(marker);
  const supervisor = new Supervisor({ openShell: () => openLocalShell(), executorMarker: marker, lifelineMs });
  const inner = new LocalDriver({
    supports: { ...localSupports(), ...supports },
    environment: baseEnvironment(undefined),
    files: new LocalFiles(defaults.cwd),
    supervisor,
  });
  const driver: Driver = {
    supports: inner.supports,
    files: inner.files,
    start: (request, signal) => fault(request, (changed) => inner.start(changed, signal)),
    openTerminal: (request, signal) => inner.openTerminal(request, signal),
    ping: () => inner.ping(),
    close: () => inner.close(),
  };
  return new DriverExecutor(driver, { name, defaults, marker, lifelineMs, idempotencyTtlMs });
}
