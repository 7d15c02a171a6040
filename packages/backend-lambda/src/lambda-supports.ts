import type { DriverSupports } from '@errand/core';
import { MAX_OUTPUT_BYTES, MAX_STDIN_BYTES, MAX_TIMEOUT_MS } from './protocol/limits.ts';

/** With a hook that stores it elsewhere: what this process and a function can hold in memory. */
const MAX_STORED_STDIN_BYTES = 536_870_912;

/** What a function of these options can do. */
export interface Abilities {
  /** The caller can tell the function of a cancel. */
  readonly cancel: boolean;
  readonly storesStdin: boolean;
  /** One function of several is chosen by its memory. */
  readonly choosesMemory: boolean;
}

export function lambdaSupports({ cancel, storesStdin, choosesMemory }: Abilities): DriverSupports {
  return {
    launch: 'native',
    clientDeath: 'heartbeat',
    sessions: false,
    terminal: false,
    noTerminal: 'a function cannot be reached while it runs; pass a command to exec()',
    detached: false,
    files: false,
    user: false,
    kill: false,
    cancel,
    exitSignal: true,
    outOfMemory: true,
    devStdio: false,
    containment: 'container',
    lifeline: false,
    idempotency: 'executor',
    stdin: true,
    stdinAhead: true,
    limits: { memoryBytes: choosesMemory && 'tree', cpuMs: 'process', processes: false, fileBytes: 'process', openFiles: 'process' },
    maxStdinBytes: storesStdin ? MAX_STORED_STDIN_BYTES : MAX_STDIN_BYTES,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    maxTimeoutMs: MAX_TIMEOUT_MS,
  };
}
