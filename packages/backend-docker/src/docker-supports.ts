import type { DriverSupports } from '@errand/core';
import { execSupports as inContainer } from '@errand/core/container';
import type { DockerExecutorOptions } from './docker-options.ts';

const NO_TERMINAL = 'there is none where there is no shell; use exec()';

type SupportsOptions = Partial<Pick<DockerExecutorOptions, 'container' | 'user' | 'limits'>>;

/** What commands in one container have. */
export function execSupports({ container, user, limits }: SupportsOptions): DriverSupports {
  return inContainer({
    isMade: container === undefined,
    noDetached: 'the container ends with this executor; name one that lasts (container)',
    user: true,
    account: user,
    isBounded: limits?.memoryBytes !== false,
  });
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
