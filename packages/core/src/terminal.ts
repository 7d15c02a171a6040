import type { Duplex } from 'node:stream';
import type { Command } from './command.ts';
import type { ExecResult } from './result.ts';
import type { Turn } from './turn.ts';

/**
 * How a terminal begins. Of the executor's `defaults` it takes `cwd`, `env`, `user`, `shell`, `startTimeoutMs` and `killGraceMs`;
 * with `defaults.limits`, to which nothing would hold it, it is refused with `EXEC_NOT_SUPPORTED`.
 */
export interface TerminalOptions {
  /**
   * What runs in it: shell source for `defaults.shell` (`/bin/sh`), or argv. Default: the login shell (`SHELL`, else the account's
   * own), as one that was logged in to.
   */
  readonly command?: Command;
  /** Where it starts; relative to the executor's default. Default: where the target starts commands. */
  readonly cwd?: string;
  /** Added to the target's environment; `undefined` removes a variable. Values are kept out of argv, logs and errors. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The account to run as, by name or uid, where `supports.user`. Default: the one the target gives. */
  readonly user?: string;
  /** Characters in a line: 1 … 65,535; default 80. */
  readonly columns?: number;
  /** Lines: 1 … 65,535; default 24. */
  readonly rows?: number;
  /** Value of TERM: 1 … 256 characters; default the TERM of `env`, else `xterm-256color`. */
  readonly term?: string;
  /** Needs a queue, as for a command. */
  readonly priority?: 'high' | 'normal' | 'low' | number;
  /** Needs a queue, as for a command. */
  readonly queueTimeoutMs?: number;
  /** What the terminal waits for before it is opened; it is over at its end. For those who build a queue. Default: nothing. */
  readonly turn?: Turn;
  /** Whose terminal it is: 1 … 256 characters. Default: the executor's. */
  readonly tenant?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Aborting it before the terminal opened rejects with the signal's reason; afterwards it is as `close()`. */
  readonly signal?: AbortSignal;
}

/** An interactive PTY, and what runs in it. */
export interface Terminal extends AsyncDisposable {
  /** Carries the target's name. */
  readonly id: string;
  /**
   * Bytes both ways: gives Buffers, takes strings (as UTF-8) and bytes. What was printed before the exit all comes before its
   * `end`, whenever it is read. A reader that pauses holds the command back, and so does a command that does not read hold back the
   * writer; what is written after the exit goes nowhere, without an error.
   *
   * Ending it sends nothing: what a command takes for its end of input is typed (Ctrl-D, `\x04`). Destroying it hangs up, as pulling
   * the plug does: the command gets SIGHUP from the target, and `result` says what came of it.
   */
  readonly stream: Duplex;
  /**
   * How the command ended; never an unhandledRejection. `exited` and `signaled` as for any command, `cancelled` after `close()`,
   * the abort of `signal` or the executor's `close()`, `unknown` where nobody can know. Its `stdout` and `stderr` are empty, since
   * the bytes went to `stream`. Settles at the exit, whether `stream` was read or not.
   *
   * What the command left running in the terminal, in the background too, gets SIGHUP at the exit, and SIGKILL after
   * `killGraceMs`; a process that made a session of its own (a daemon) stays.
   */
  readonly result: Promise<ExecResult>;
  /**
   * Tells the terminal its new size: 1 … 65,535 each. The command in the foreground gets SIGWINCH. After the end it does nothing.
   *
   * @throws ExecError `EXEC_INVALID_OPTION`
   */
  resize(columns: number, rows: number): Promise<void>;
  /**
   * Ends everything that runs in it: SIGHUP, as when a terminal is closed, and SIGKILL after `defaults.killGraceMs` (5,000 ms) to what
   * is left, daemons included where `supports.containment` reaches them. Resolves when all is gone. Never rejects.
   */
  close(): Promise<void>;
}
