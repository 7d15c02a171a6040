import type { Output } from './output.ts';

/** A signal's name as Node spells it: `SIGTERM`, `SIGKILL`, … */
export type Signal = NodeJS.Signals;

/**
 * How a command ended, in one word. The first cause wins: a command that was timed out is `timed-out`, whatever exit code
 * it then had.
 *
 * - `exited`: by itself, with `exitCode`.
 * - `signaled`: by a signal that was not Errand's timeout or cancellation.
 * - `timed-out`, `idle-timed-out`: `timeoutMs` or `idleTimeoutMs` passed.
 * - `cancelled`: the caller's signal aborted, the executor closed, or the source of stdin failed.
 * - `out-of-memory`: killed for its memory, where the target can tell (`supports.outOfMemory`).
 * - `unknown`: it may have started, and nobody can know how it ended. It is never run again by Errand.
 */
export type Outcome = 'exited' | 'signaled' | 'timed-out' | 'idle-timed-out' | 'cancelled' | 'out-of-memory' | 'unknown';

/** What lay behind an outcome, where the target told. */
export type EndCause = 'connection-lost' | 'lifeline-expired' | 'evicted' | 'preempted' | 'node-lost' | 'removed' | 'limit';

/** How one execution ended. `exec` resolves with it whenever the command may have started. */
export interface ExecResult {
  readonly executionId: string;
  /** The executor's name. */
  readonly target: string;
  readonly outcome: Outcome;
  /** Whether it exited with 0. */
  readonly ok: boolean;
  /** The exit code, where the process exited; it may be present beside `timed-out` and `cancelled` too. */
  readonly exitCode?: number;
  /** The signal that ended the process, where `supports.exitSignal`. */
  readonly signal?: Signal;
  readonly cause?: EndCause;
  /**
   * One sentence, for anything but a plain exit. A plain exit has one where it left processes that were ended, if the target
   * had said so by the time that the output was read (the local backend always has). Holds no value of `env` or `stdin`.
   */
  readonly reason?: string;
  readonly stdout: Output;
  /** With `stderr: 'stdout'` this is empty. */
  readonly stderr: Output;
  readonly timings: Timings;
  readonly usage?: ResourceUsage;
}

/** Where the time went, in milliseconds (fractions included). */
export interface Timings {
  /** Waiting for a turn. */
  readonly queuedMs: number;
  /** Connecting, creating, scheduling, until the process ran. */
  readonly startMs: number;
  /** From running to ended, reading the last output included. */
  readonly runMs: number;
}

/** What the command used; only where the target tells it without a further process. */
export interface ResourceUsage {
  readonly cpuMs?: number;
  readonly maxRssBytes?: number;
}
