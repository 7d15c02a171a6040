import type { Execution } from './execution.ts';
import type { CommandOptions } from './options.ts';
import type { ExecResult } from './result.ts';
import type { Turn } from './turn.ts';

/** Options of one command in a session; as for `exec`. */
export type SessionExecOptions = Pick<
  CommandOptions,
  | 'stdin'
  | 'timeoutMs'
  | 'idleTimeoutMs'
  | 'killSignal'
  | 'killGraceMs'
  | 'maxOutputBytes'
  | 'priority'
  | 'queueTimeoutMs'
  | 'labels'
  | 'signal'
  | 'check'
  | 'onOutput'
>;

/** How a session begins. */
export interface SessionOptions {
  /** Where it begins; relative to the executor's default. Default: where commands start, or that of `restore`. */
  readonly cwd?: string;
  /** Added to the target's environment, to the executor's default and to `restore`; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** An absolute path of an sh, dash, ash or bash. Default: the executor's default, or `/bin/sh`. */
  readonly shell?: string;
  /** Refused (`EXEC_NOT_SUPPORTED`): a session runs as the account that the target gives. */
  readonly user?: string;
  readonly tenant?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What each of its commands waits for once those before it are over; for those who build a queue. Default: nothing. */
  readonly turn?: Turn;
  /** Whether each command waits for a turn (`command`, the default), or the session for one that it holds all its life (`session`). */
  readonly turnFor?: 'command' | 'session';
  /** What `snapshot()` of a session, on this target or on another, gave. */
  readonly restore?: SessionState;
  /** Aborting it ends the opening, which rejects with its reason; an open session does not hear it. */
  readonly signal?: AbortSignal;
}

/** What a session carries to another one. */
export interface SessionState {
  /** As `$PWD` has it. */
  readonly cwd: string;
  /** The exported variables, without those that a shell keeps for itself (`PWD`, `SHLVL`, `_`, …). */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A shell that keeps its state between commands: directory, variables, exports, functions, aliases, umask, options and jobs. One
 * command runs at a time; others wait in order (`queued`), however long.
 *
 * When a timeout, `interrupt()`, `kill()`, an abort or an error of the shell ends a command, its tree is ended, jobs that it had begun
 * too, nothing more of its script runs, and the session goes on with the state from before it; traps and the shell's list of jobs are
 * lost then. `exit` closes the session. Deaths by signal n are told as exit code 128 + n.
 */
export interface Session extends AsyncDisposable {
  readonly id: string;
  /** `busy` while a command runs or waits. */
  readonly state: 'ready' | 'busy' | 'closed';
  /** Bytes that background jobs wrote after their command had ended; they are in no result. */
  readonly lateOutputBytes: number;
  /** Resolves once nothing is left of it, however it ended. Never rejects. */
  readonly ended: Promise<void>;
  /** Runs a command to its end. Rejects with `EXEC_SESSION_CLOSED`, and why, once the session is closed. */
  exec(command: string, options?: SessionExecOptions): Promise<ExecResult>;
  /** A handle on a command at once. `kill(signal)` reaches what the command started, and not the session's shell. */
  spawn(command: string, options?: SessionExecOptions): Execution;
  /** Cancels the command that runs, if any does: its tree gets its `killSignal`, and SIGKILL after its `killGraceMs`. Resolves when it is over. */
  interrupt(): Promise<void>;
  /** Waits its turn as a command does. Rejects with `EXEC_UNAVAILABLE` when the state cannot be read. */
  snapshot(): Promise<SessionState>;
  /**
   * Cancels the command that runs and those that wait, lets the shell end (its EXIT trap has 1 s), and ends all that commands left,
   * daemons too where `supports.containment` reaches them: SIGTERM, and SIGKILL after the executor's default `killGraceMs`. Never rejects.
   */
  close(): Promise<void>;
}
