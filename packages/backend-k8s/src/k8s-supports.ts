import type { DriverSupports } from '@errand/core';
import type { K8sExecutorOptions } from './k8s-options.ts';

type SupportsOptions = Partial<Pick<K8sExecutorOptions, 'pod' | 'user' | 'limits'>>;

/** What commands in one pod have. Limits of a single command are those of `setrlimit`; the container's own hold for all of them. */
export function podSupports({ pod, user, limits }: SupportsOptions): DriverSupports {
  const isMade = pod === undefined;
  return {
    launch: 'line',
    // The connection to a cluster may break without an end.
    clientDeath: 'heartbeat',
    sessions: true,
    terminal: true,
    detached: !isMade,
    // What is made here is gone with this executor.
    ...(isMade && { noDetached: 'the pod ends with this executor; name one that lasts (pod)' }),
    files: false,
    // The API starts everything as the container's own user.
    user: false,
    kill: true,
    // The API tells a death by signal n as exit code 128 + n.
    exitSignal: false,
    outOfMemory: isMade && limits?.memoryBytes !== false,
    devStdio: true,
    containment: 'marker',
    lifeline: true,
    idempotency: 'executor',
    stdin: true,
    limits: {
      memoryBytes: 'process',
      cpuMs: 'process',
      // It does not hold root, whom a pod of the caller's may have.
      processes: isMade && !/^0(:|$)/.test(user ?? '') ? 'process' : false,
      fileBytes: 'process',
      openFiles: 'process',
    },
    maxStdinBytes: Number.POSITIVE_INFINITY,
    maxOutputBytes: Number.POSITIVE_INFINITY,
    maxTimeoutMs: 2_147_483_647,
  };
}
