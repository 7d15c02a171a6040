import { Readable } from 'node:stream';
import { createExecutor, type Driver, type DriverSupports, type Executor } from '@errand/core';

const supports: DriverSupports = {
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
  maxStdinBytes: 0,
  maxOutputBytes: 1_048_576,
  maxTimeoutMs: 2_147_483_647,
  launch: 'native',
  clientDeath: 'eof',
};

/** An executor whose commands are over at once and print nothing: what it takes is the engine's own. */
export function idleExecutor(): Executor {
  const driver: Driver = {
    supports,
    start: async () => ({
      stdout: Readable.from([]),
      stderr: Readable.from([]),
      exit: Promise.resolve({ exitCode: 0 }),
      kill: async () => false,
    }),
    ping: async () => {},
    close: async () => {},
  };
  return createExecutor({ kind: 'idle', makeDriver: () => driver }, {});
}
