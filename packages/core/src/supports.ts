/** How far an ending reaches; see `Supports.containment`. */
export type Containment = 'container' | 'marker' | 'group';

/** Whether a limit holds for the command's whole tree, for each of its processes, or not at all. */
export type LimitScope = 'tree' | 'process' | false;

/** What an executor can do, as data. What is missing is refused with `EXEC_NOT_SUPPORTED`; nothing pretends. */
export interface Supports {
  readonly sessions: boolean;
  /** `openTerminal`; on the local backend it needs `node-pty` beside this package. */
  readonly terminal: boolean;
  readonly detached: boolean;
  /** Where `detached` is false: `attach` finds executions all the same, since they go on without their client anyway. Absent: as `detached` says. */
  readonly attach?: true;
  readonly files: boolean;
  /** Where `files`: false where they can be looked at and carried here, and `write`, `rename`, `remove`, `makeDirectory` and `upload` are refused. */
  readonly fileChanges?: false;
  /** The `user` option. */
  readonly user: boolean;
  /**
   * False where the target has no shell: then a command is an argv, and one that is a string is refused, as is `stderr: 'stdout'`, which
   * takes a shell to be exact. Absent: it has one.
   */
  readonly shell?: false;
  /** `kill()`, timeouts and cancelling end the command, not just the waiting for it. */
  readonly kill: boolean;
  /**
   * Where `kill` is false: aborting and `close()` end the command all the same. Where that is false too, they stop waiting for it: its
   * outcome is `unknown`, and it ends at its deadline. Absent where `kill` says it.
   */
  readonly cancel?: boolean;
  /**
   * False where nothing ends a command at its `timeoutMs` or `idleTimeoutMs`: the waiting for it ends, and its outcome is `unknown`. Absent: its
   * end is seen to.
   */
  readonly deadline?: false;
  /** A death by signal is told from an exit with 128+n. */
  readonly exitSignal: boolean;
  /** `out-of-memory` is told from another SIGKILL. */
  readonly outOfMemory: boolean;
  /** `echo x >/dev/stderr` works in a command. */
  readonly devStdio: boolean;
  /**
   * What a timeout, cancel, kill or close reaches. `container`: all of it. `marker`: the process group, descendants, and
   * every readable process that carries the execution's marker in its environment. `group`: the process group.
   */
  readonly containment: Containment;
  /** An undetached command is gone within `lifelineMs` after its client died. Where false, a deadline is mandatory. */
  readonly lifeline: boolean;
  /** Who remembers idempotency keys. */
  readonly idempotency: 'executor' | 'target';
  /** Commands can be given stdin. */
  readonly stdin: boolean;
  /** `waitsForInput()` tells of whatever blocks in reading. Absent: it tells of some, where the target lets it be seen, or of nothing. */
  readonly inputWait?: true;
  /** All of stdin is read before the command starts, a stream to its end: no conversation is possible, and an endless one never starts. */
  readonly stdinAhead?: boolean;
  readonly limits: {
    readonly memoryBytes: LimitScope;
    readonly cpuMs: LimitScope;
    readonly processes: LimitScope;
    readonly fileBytes: LimitScope;
    readonly openFiles: LimitScope;
  };
  /** Commands wait for their turn, so `priority` and `queueTimeoutMs` are taken: true behind `queued(…)`. */
  readonly queue?: boolean;
  /** The most bytes a command's stdin may have; `Infinity` where nothing bounds it. One more is refused. */
  readonly maxStdinBytes: number;
  /** The most bytes a command may write; `Infinity` where nothing bounds it. */
  readonly maxOutputBytes: number;
  /** The longest `timeoutMs`. */
  readonly maxTimeoutMs: number;
}
