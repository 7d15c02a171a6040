import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Driver, DriverProcess } from '../../driver.ts';
import { DriverExecutor } from '../../engine/driver-executor.ts';
import type { Executor } from '../../executor.ts';
import { localSupports } from '../../local/local-supports.ts';
import type { ExecutorOptions } from '../../options.ts';

/** Stands in the environment of what is left of it, so that it is found and ended. */
export const UNGUARDED_MARKER = 'kit-unguarded-client';

/** Nobody watches over its commands when the client dies, and it keeps a timer for ever. */
export function unguardedExecutor({ lifelineMs = 30_000 }: ExecutorOptions = {}): Executor {
  setInterval(() => undefined, 60_000);
  const driver: Driver = {
    supports: localSupports(),
    start: async ({ command, shell }): Promise<DriverProcess> => {
      const env = { ...process.env, ERRAND_EXECUTION: UNGUARDED_MARKER };
      const child = spawn(shell, ['-c', String(command)], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      const exit = once(child, 'exit').then(([exitCode]: number[]) => ({ exitCode: exitCode ?? 0 }));
      return { stdout: child.stdout, stderr: child.stderr, exit };
    },
    ping: async () => undefined,
    close: async () => undefined,
  };
  return new DriverExecutor(driver, { name: 'unguarded', marker: UNGUARDED_MARKER, lifelineMs, idempotencyTtlMs: 1_000 });
}
