import type { DriverSupports } from '@errand/core';
import type { K8sExecutorOptions } from '../k8s-options.ts';

/** All of it is in this process's memory until the command has it, and on its node's disk then. */
const MAX_STDIN_BYTES = 64 * 2 ** 20;

/** What a command in a Job of its own has. */
export function jobSupports({ limits }: Pick<K8sExecutorOptions, 'limits'>): DriverSupports {
  return {
    launch: 'native',
    clientDeath: 'heartbeat',
    sessions: false,
    terminal: false,
    noTerminal: "a Job has nobody at it; use mode 'pod'",
    detached: false,
    noDetached: 'a Job goes on without this process anyway, and attach(id) finds it',
    attach: true,
    files: false,
    user: false,
    kill: true,
    exitSignal: true,
    outOfMemory: limits?.memoryBytes !== false,
    devStdio: true,
    containment: 'container',
    // It goes on without this process, to its deadline.
    lifeline: false,
    idempotency: 'target',
    stdin: true,
    stdinAhead: true,
    limits: { memoryBytes: 'tree', cpuMs: 'process', processes: false, fileBytes: 'process', openFiles: 'process' },
    maxStdinBytes: MAX_STDIN_BYTES,
    maxOutputBytes: Number.POSITIVE_INFINITY,
    maxTimeoutMs: 2_147_483_647,
  };
}
