import { Readable } from 'node:stream';
import { createExecutor, type Driver, type Executor } from '@errand/core';
import { leastSupports } from '@errand/core/testing';

/** An executor whose commands are over at once and print nothing: what it takes is the engine's own. */
export function idleExecutor(): Executor {
  const driver: Driver = {
    supports: leastSupports,
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
