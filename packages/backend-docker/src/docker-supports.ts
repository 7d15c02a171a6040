import type { DriverSupports } from '@errand/core';
import type { DockerExecutorOptions } from './docker-options.ts';

const NO_TERMINAL = 'there is none where there is no shell; use exec()';

type SupportsOptions = Partial<Pick<DockerExecutorOptions, 'container' | 'user' | 'limits'>>;

/** What commands in one container have. Limits of a single command are those of `setrlimit`; the container's own hold for all of them. */
export function execSupports({ container, user, limits }: SupportsOptions): DriverSupports {
  const isMade = container === undefined;
  return {
    launch: 'line',
    // The connection to a daemon elsewhere may break without an end.
    clientDeath: 'heartbeat',
    sessions: true,
    terminal: true,
    detached: !isMade,
    // What is made here is gone with this process.
    ...(isMade && { noDetached: 'the container ends with this executor; name one that lasts (container)' }),
    files: false,
    user: true,
    kill: true,
    // A daemon tells a death by signal n as exit code 128 + n.
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
      // It does not hold root, whom a container of the caller's may have.
      processes: isMade && !/^(0|root)(:|$)/.test(user ?? '') ? 'process' : false,
      fileBytes: 'process',
      openFiles: 'process',
    },
    maxStdinBytes: Number.POSITIVE_INFINITY,
    maxOutputBytes: Number.POSITIVE_INFINITY,
    maxTimeoutMs: 2_147_483_647,
  };
}

/** What a command in a container of its own has: nothing lasts from one to the next. */
export function containerSupports(options: SupportsOptions): DriverSupports {
  const supports = execSupports(options);
  return {
    ...supports,
    launch: 'native',
    sessions: false,
    terminal: false,
    noTerminal: "there is none in a container for one command; mode: 'exec' has them",
    containment: 'container',
    limits: { ...supports.limits, memoryBytes: 'tree' },
  };
}

/** What a program has that a daemon started in a container, and that nothing reaches from there on. */
export function plainExecSupports(): DriverSupports {
  return {
    ...execSupports({}),
    launch: 'native',
    shell: false,
    sessions: false,
    terminal: false,
    noTerminal: NO_TERMINAL,
    detached: false,
    noDetached: 'without a shell nothing guards what outlives the client',
    files: true,
    fileChanges: false,
    kill: false,
    cancel: false,
    deadline: false,
    lifeline: false,
    outOfMemory: false,
    containment: 'group',
    limits: { memoryBytes: false, cpuMs: false, processes: false, fileBytes: false, openFiles: false },
  };
}

/** What a command has that is a container's main process. */
export function plainSupports(options: SupportsOptions): DriverSupports {
  return {
    ...containerSupports(options),
    shell: false,
    noTerminal: NO_TERMINAL,
    // Nobody in there would notice that the client is gone.
    lifeline: false,
  };
}
