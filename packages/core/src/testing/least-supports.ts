import type { DriverSupports } from '../driver.ts';

/**
 * What a driver supports that can start a command, signal it and tell how it ended, and nothing more: for drivers of tests and
 * benchmarks, which spread it and say only what they can do beyond. No bound of size or time is theirs.
 */
export const leastSupports: DriverSupports = {
  launch: 'native',
  clientDeath: 'eof',
  sessions: false,
  terminal: false,
  detached: false,
  files: false,
  user: false,
  kill: true,
  exitSignal: true,
  outOfMemory: false,
  devStdio: false,
  containment: 'group',
  lifeline: true,
  idempotency: 'executor',
  stdin: false,
  limits: { memoryBytes: false, cpuMs: false, processes: false, fileBytes: false, openFiles: false },
  maxStdinBytes: Number.POSITIVE_INFINITY,
  maxOutputBytes: Number.POSITIVE_INFINITY,
  maxTimeoutMs: 2_147_483_647,
};
