import type { Readable } from 'node:stream';
import type { OutputChunk } from './output.ts';
import type { Signal } from './result.ts';
import type { Turn } from './turn.ts';

/** What a command's stdin is made of: text (as UTF-8), bytes, or a stream that is read to its end. */
export type StdinSource = string | Uint8Array | Readable;

/** Bounds on what one command may use; which hold, and how far, is in `supports.limits`. */
export interface Limits {
  /** Bytes of memory, 1 MiB … 2^53-1. On the local backend this is address space (RLIMIT_AS): Node itself needs about 2 GiB. */
  readonly memoryBytes?: number;
  /** Milliseconds of cpu time; rounded up to whole seconds where the target counts so. */
  readonly cpuMs?: number;
  /** Processes at once. On the local backend it counts all of the user's, and does not bind root (RLIMIT_NPROC). */
  readonly processes?: number;
  /** Bytes of one written file; rounded up to 512. A write beyond it gets SIGXFSZ. */
  readonly fileBytes?: number;
  /** Open descriptors in one process; at least 16. */
  readonly openFiles?: number;
}

/** Options that every way of running one command takes. */
export interface CommandOptions {
  /** Where it runs; relative to the executor's default. Default: where the target starts commands (locally: `process.cwd()`). */
  readonly cwd?: string;
  /** Added to the target's environment; `undefined` removes a variable. Values are kept out of argv, logs and errors. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The account to run as, by name or uid. Default: the one the target gives. */
  readonly user?: string;
  /** The shell for a string command: an absolute path of a shell that takes `-c`. Default `/bin/sh`. */
  readonly shell?: string;
  /** Default: none, the command reads end-of-file at once. */
  readonly stdin?: StdinSource;
  /** `'stdout'` merges stderr into stdout on the target, so that the order is exact. Default `'separate'`. */
  readonly stderr?: 'separate' | 'stdout';
  /** Milliseconds from `running` until the tree is ended and the outcome is `timed-out`: 1 … 2,147,483,647. Default: none. */
  readonly timeoutMs?: number;
  /** Milliseconds for connecting, creating, scheduling and pulling: 1 … 2,147,483,647; default 60,000. See `EXEC_START_TIMEOUT`. */
  readonly startTimeoutMs?: number;
  /** Milliseconds without a byte of output until the tree is ended and the outcome is `idle-timed-out`. Default: none. */
  readonly idleTimeoutMs?: number;
  /** The first signal of a timeout, a cancellation and `kill()`. Default SIGTERM. */
  readonly killSignal?: Signal;
  /** Milliseconds from `killSignal` to SIGKILL: 0 … 2,147,483,647; default 5,000. */
  readonly killGraceMs?: number;
  /** Bytes kept of each stream, half of them from its head and half from its tail: 0 … 1 GiB; default 1 MiB. */
  readonly maxOutputBytes?: number;
  readonly limits?: Limits;
  /** What happens after a normal exit to processes that made a session of their own. Default `'keep'`. */
  readonly daemons?: 'keep' | 'end';
  /** Needs a queue (`queued(…)`): `high` (10), `normal` (0, the default), `low` (-10), or any number; the greater, the sooner. */
  readonly priority?: 'high' | 'normal' | 'low' | number;
  /** Needs a queue: milliseconds to wait for a turn, 1 … 2,147,483,647, then `EXEC_QUEUE_TIMEOUT`. Default: that of the queue. */
  readonly queueTimeoutMs?: number;
  /** What the command waits for before it is sent, in state `queued`; for those who build a queue. Default: nothing. */
  readonly turn?: Turn;
  /** Whose command it is: 1 … 256 characters. */
  readonly tenant?: string;
  /** For logs and diagnostics; at most 64, keys and values at most 256 characters. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Submitting again under the same key within `idempotencyTtlMs` gives the same execution; with another command, cwd,
   * env, user, shell, stdin or tenant it is `EXEC_CONFLICT`. 1 … 256 characters; not with a Readable stdin.
   */
  readonly idempotencyKey?: string;
  /**
   * Outlives this client and its connection: a guardian on the target keeps its output (in a directory of the account, 0700) and its
   * deadline, and `attach(id)` finds it, from another process too. Closing the executor and disposing of the handle let it go on;
   * `kill()` and `signal` end it. With an `idempotencyKey` the target remembers. `stdin`: text or bytes, at most 1 MiB; not with
   * `user`, `idleTimeoutMs`. A `timeoutMs` is kept to a tenth of a second. Default false.
   */
  readonly detached?: boolean;
  /** Detached only: bytes of each stream kept on the target, 0 … 2^53-1; default 64 MiB. The rest is drained and counted. */
  readonly maxSpoolBytes?: number;
  /** Detached only: milliseconds for which the target keeps the finished execution: 1 … 2,147,483,647; default one day. */
  readonly keepMs?: number;
  /** Aborting it before the command was sent rejects with the signal's reason; afterwards the outcome is `cancelled`. */
  readonly signal?: AbortSignal;
  /** Reject with `EXEC_FAILED` unless it exited with 0. Default false. */
  readonly check?: boolean;
  /** Called with each piece of output as it comes, without back-pressure. If it throws, the command is cancelled. */
  readonly onOutput?: (chunk: OutputChunk) => void;
}

/** Options of `exec`. */
export type ExecOptions = CommandOptions;

/** Options of `spawn`. */
export interface SpawnOptions extends Omit<CommandOptions, 'stdin'> {
  /** `'pipe'` opens `execution.stdin` for writing; end it, or the command waits for more. */
  readonly stdin?: StdinSource | 'pipe';
}

/** Options that `defaults` of an executor may set for every command. */
export type DefaultOptions = Pick<
  CommandOptions,
  | 'cwd'
  | 'env'
  | 'user'
  | 'shell'
  | 'timeoutMs'
  | 'startTimeoutMs'
  | 'idleTimeoutMs'
  | 'killSignal'
  | 'killGraceMs'
  | 'maxOutputBytes'
  | 'limits'
  | 'daemons'
  | 'tenant'
  | 'labels'
>;

/** Where an attached reader begins. */
export interface AttachOptions {
  /** Bytes; default 0. */
  readonly stdoutOffset?: number;
  /** Bytes; default 0. */
  readonly stderrOffset?: number;
  readonly signal?: AbortSignal;
}

/**
 * How warm shells are kept. A command without stdin, `user` and `limits` whose argv, script and env are short (4 KiB in all)
 * then runs in a subshell of one of them, at a fraction of what a process costs; all others, and those that find every shell
 * busy and for some 3 ms (up to 50 where processes are slow to start) none that comes back, get a process as before. A shell is
 * used no more once its command was killed or left something in the background.
 */
export interface ShellPoolOptions {
  /** Shells at once: 1 … 1,024; default 8. */
  readonly max?: number;
  /** Milliseconds after which an unused shell ends: 1 … 2,147,483,647; default 60,000. */
  readonly idleMs?: number;
  /** Shells that are opened ahead and kept: 0 … 1,024, at most `max`; default 0. */
  readonly warm?: number;
}

/** What Errand logs through; pino's loggers fit. Messages hold no value of `env` or `stdin`. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What every executor factory takes. */
export interface ExecutorOptions {
  /** How results, ids and diagnostics name this target: letters, digits, `.`, `_`, `-`; at most 64. Default: the backend's kind. */
  readonly name?: string;
  /** For every command that does not say otherwise; `env` and `labels` are merged, a command's own winning. */
  readonly defaults?: DefaultOptions;
  /** Keeps warm shells (`{}` for the defaults). Then `supports.exitSignal` is false: a death by signal n is exit code 128 + n. Default: none. */
  readonly shells?: ShellPoolOptions;
  /** Within how many milliseconds an undetached command is gone once its client died: 11,000 … 2,147,483,647; default 30,000. */
  readonly lifelineMs?: number;
  /** For how many milliseconds an idempotency key is remembered after its command was submitted: 1 … 2,147,483,647; default 1 h. */
  readonly idempotencyTtlMs?: number;
  /**
   * Gives commands of all kinds the environment that the account's login shell has, PATH above all, beneath their own `env`. Over SSH they
   * otherwise have what sshd sets. The shell is asked once, by the first command, which waits for it as it does for a connection (see
   * `startTimeoutMs`); all later ones have the same. Without what is about that shell alone (SHLVL, PWD, OLDPWD, `_`, TMOUT). Default false.
   * On targets without login shells, as the local one: `EXEC_NOT_SUPPORTED`.
   */
  readonly loginEnvironment?: boolean;
  /** Default: silent. */
  readonly logger?: Logger;
}
