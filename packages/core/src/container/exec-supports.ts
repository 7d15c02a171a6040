import type { DriverSupports } from '../driver.ts';

/** What they depend on. */
export interface ExecSupportsOptions {
  /** Whether it is made by its executor, and ends with it. */
  readonly isMade: boolean;
  /** Why commands cannot be detached in one that is made: what to name in its place. */
  readonly noDetached: string;
  /** Whether a command may name whose it is. */
  readonly user: boolean;
  /** Whose commands are, by name or number. */
  readonly account: string | undefined;
  /** Whether its memory is bounded. */
  readonly isBounded: boolean;
}

/** What commands in one container have. Limits of a single command are those of `setrlimit`; the container's own hold for all of them. */
export function execSupports({ isMade, noDetached, user, account, isBounded }: ExecSupportsOptions): DriverSupports {
  return {
    launch: 'line',
    // The connection to whoever runs it may break without an end.
    clientDeath: 'heartbeat',
    sessions: true,
    terminal: true,
    detached: !isMade,
    ...(isMade && { noDetached }),
    files: false,
    user,
    kill: true,
    // A death by signal n is told as exit code 128 + n.
    exitSignal: false,
    outOfMemory: isMade && isBounded,
    devStdio: true,
    containment: 'marker',
    lifeline: true,
    idempotency: 'executor',
    stdin: true,
    limits: {
      memoryBytes: 'process',
      cpuMs: 'process',
      // It does not hold root, whom a container of the caller's may have.
      processes: isMade && !/^(0|root)(:|$)/.test(account ?? '') ? 'process' : false,
      fileBytes: 'process',
      openFiles: 'process',
    },
    maxStdinBytes: Number.POSITIVE_INFINITY,
    maxOutputBytes: Number.POSITIVE_INFINITY,
    maxTimeoutMs: 2_147_483_647,
  };
}
