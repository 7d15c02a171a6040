import type { Command } from './command.ts';
import type { DetachedExecution } from './detached/detached-execution.ts';
import type { Execution } from './execution.ts';
import type { Files } from './files.ts';
import type { AttachOptions, ExecOptions, SpawnOptions } from './options.ts';
import type { ExecResult } from './result.ts';
import type { Session, SessionOptions } from './session.ts';
import type { ShellCounts } from './shell/shell-counts.ts';
import type { Supports } from './supports.ts';
import type { Terminal, TerminalOptions } from './terminal.ts';

/** How a target does. */
export interface Health {
  readonly ok: boolean;
  /** Milliseconds that the answer took. */
  readonly latencyMs: number;
  /** Executions that started and have not ended. */
  readonly running: number;
  /** How its warm shells do, where `shells` keeps any. */
  readonly shells?: ShellCounts;
  /** Why it is not ok. */
  readonly reason?: string;
}

/**
 * Runs commands on one target.
 *
 * The one rule about results: `exec` rejects only when the command certainly did not start. If it may have started, it
 * resolves, and the result says how it ended: a non-zero exit, a timeout, a cancellation are results.
 *
 * @example
 * await using executor = localExecutor();
 * const result = await executor.exec(['git', 'status', '--short'], { timeoutMs: 10_000 });
 * if (result.ok) console.log(result.stdout.text);
 */
export interface Executor extends AsyncDisposable {
  readonly name: string;
  readonly supports: Supports;
  /** Runs a command to its end. */
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>;
  /** Starts a command and gives a handle on it at once. Never throws: faults reject `result`. */
  spawn(command: Command, options?: SpawnOptions): Execution;
  openSession(options?: SessionOptions): Promise<Session>;
  /**
   * Opens an interactive PTY, by default with the login shell in it. As with `exec`, where nobody knows whether it began, as after a
   * connection that broke at that moment, it resolves: the stream is at its end, and `result` is `unknown`.
   *
   * @throws ExecError Nothing runs then: `EXEC_INVALID_OPTION`, `EXEC_NOT_SUPPORTED` (without `supports.terminal`; the message says
   * what it needs), `EXEC_NOT_FOUND` and `EXEC_PERMISSION` (program, cwd, user), `EXEC_START_TIMEOUT`, `EXEC_UNAVAILABLE`,
   * `EXEC_CLOSED`. Or the reason of `signal`.
   *
   * @example
   * const terminal = await executor.openTerminal({ command: ['top'], columns: 120, rows: 40 });
   * terminal.stream.pipe(process.stdout);
   * terminal.stream.write('q');
   * console.log((await terminal.result).exitCode);
   */
  openTerminal(options?: TerminalOptions): Promise<Terminal>;
  /**
   * A handle on a detached execution or a Job, also of another process: `stdout`, `stderr` and `result` hold what comes from the
   * given offsets on. Its disposal, and closing the executor, let the command go on; `kill()` ends it.
   *
   * @throws ExecError `EXEC_NOT_FOUND` when the target knows none by that id, or it was removed after its `keepMs`
   */
  attach(executionId: string, options?: AttachOptions): Promise<Execution>;
  /** The detached executions of the target's account, those that ended too, until their `keepMs` passed. */
  listDetached(options?: { readonly signal?: AbortSignal }): Promise<readonly DetachedExecution[]>;
  readonly files: Files;
  /** Asks the target; a fault is told in the answer, not thrown. */
  health(options?: { readonly signal?: AbortSignal }): Promise<Health>;
  /** Ends what runs (outcome `cancelled`), frees everything, and resolves when it is gone. Later calls reject with `EXEC_CLOSED`. */
  close(): Promise<void>;
}
