import type { DriverSupports } from '@errand/core';

/** What commands on a host with a POSIX shell and Linux's /proc have. Its limits are those of `setrlimit`. */
export const SUPPORTS: DriverSupports = {
  launch: 'line',
  // A network that broke is no end of input: sshd waits for hours.
  clientDeath: 'heartbeat',
  bareEnvironment: true,
  sessions: true,
  terminal: true,
  detached: true,
  files: false,
  user: false,
  kill: true,
  exitSignal: true,
  outOfMemory: false,
  devStdio: true,
  containment: 'marker',
  lifeline: true,
  idempotency: 'executor',
  stdin: true,
  limits: { memoryBytes: 'process', cpuMs: 'process', processes: 'process', fileBytes: 'process', openFiles: 'process' },
  maxStdinBytes: Number.POSITIVE_INFINITY,
  maxOutputBytes: Number.POSITIVE_INFINITY,
  maxTimeoutMs: 2_147_483_647,
};
