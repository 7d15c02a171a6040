import type { Duplex, Readable, Writable } from 'node:stream';
import type { Command } from './command.ts';
import type { ExecError } from './errors.ts';
import type { Files } from './files.ts';
import type { Limits } from './options.ts';
import type { EndCause, ResourceUsage, Signal } from './result.ts';
import type { ShellCounts } from './shell/shell-counts.ts';
import type { WarmTarget } from './shell/warm-target.ts';
import type { Supports } from './supports.ts';

/**
 * What a backend writes. The engine above it checks options, keeps deadlines, collects output and makes results, so a
 * driver only starts processes and says how they ended.
 */
export interface Driver {
  readonly supports: DriverSupports;
  /**
   * Starts one process and resolves once it runs.
   *
   * Rejecting with `NotStarted` means that it certainly did not start; any other fault means that it may have, and makes
   * the outcome `unknown`. `signal` aborts when the start is no longer wanted.
   */
  start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess>;
  /** A plain POSIX shell on the target that reads its commands from the channel. */
  openShell?(signal: AbortSignal): Promise<ByteChannel>;
  /** A PTY with a command in it. Rejects as `start` does. Needed where `supports.terminal`, with `launch: 'native'`. */
  openTerminal?(request: TerminalRequest, signal: AbortSignal): Promise<DriverTerminal>;
  /**
   * A PTY with a line of shell in it, which leads a session. Needed where `supports.terminal`, with `launch: 'line'`: core does the rest.
   * Whatever it rejects with, nothing was started, since a line does nothing until it is fed.
   */
  openPty?(request: PtyRequest, signal: AbortSignal): Promise<DriverPty>;
  /**
   * The same target, whose lines, shells and PTYs run as this account: a name or a number, as the option `user` has it. Needed where
   * `supports.user`, with `launch: 'line'`. It throws an `ExecError` for what can be no account. Its `openShell` rejects with `EXEC_NOT_FOUND` where there is no such account; closing it closes
   * nothing that is another's.
   */
  asAccount?(user: string): Driver;
  /**
   * Follows one that another client may have started, from these bytes on, and resolves once it runs, or ran. Rejects with `NotStarted` where there
   * is none of that id. Needed where `supports.attach`; detached executions are core's.
   */
  attach?(executionId: string, from: Readonly<Record<'stdout' | 'stderr', number>>, signal: AbortSignal): Promise<DriverProcess>;
  readonly files?: Files;
  /**
   * Files of a target that opens no shell for this account, by other means; undefined where it opens one, or has no other means. Asked when
   * shells, which serve files otherwise, failed. `cwd` is where relative paths start.
   */
  filesWithoutShell?(cwd: string | undefined, signal: AbortSignal): Promise<Files | undefined>;
  /** What warm shells need; core gives it to drivers with `launch: 'line'`. */
  readonly warm?: WarmTarget;
  /** With `launch: 'line'`: milliseconds after which core lets the supervisor go that guards nothing; it is started anew when needed. Default: never. */
  readonly idleMs?: number;
  /** What all starts wait for at the moment, as a clause; for the message of `EXEC_START_TIMEOUT`. */
  readonly waitsFor?: string | undefined;
  /** How its warm shells do, where it keeps any. */
  readonly shellCounts?: ShellCounts;
  /** Resolves when the target answers. */
  ping(signal: AbortSignal): Promise<void>;
  /** Frees everything. The engine has ended all processes before. */
  close(): Promise<void>;
}

/** `Supports`, and how the engine must start commands. */
export interface DriverSupports extends Supports {
  /**
   * `native`: the driver starts a command from the request's fields. `line`: it can only run a line of shell with bytes on
   * stdin, so the launcher gives it `request.line` and feeds the rest; the driver needs `openShell` for the supervisor.
   */
  readonly launch: 'native' | 'line';
  /** Whether the target notices a dead client by end of input (`eof`), or needs a heartbeat. */
  readonly clientDeath: 'eof' | 'heartbeat';
  /** Commands begin with less than a login shell has, PATH above all: where a program is not found, `loginEnvironment` is hinted at. */
  readonly bareEnvironment?: boolean;
  /** Where `terminal` is false: why, and what to do about it; for the refusal. */
  readonly noTerminal?: string;
  /** With `launch: 'line'`: why nothing can outlive the client here, and what to do about it. Default: commands can be detached. */
  readonly noDetached?: string;
}

/** One command, checked and complete. */
export interface ProcessRequest {
  readonly executionId: string;
  /** Value of `ERRAND_EXECUTION` in the command's environment; how leftovers are found. */
  readonly marker: string;
  /** 128 fresh bits in hexadecimal. */
  readonly nonce: string;
  readonly command: Command;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user?: string;
  readonly shell: string;
  readonly limits: Limits;
  readonly mergeStderr: boolean;
  /** Whether stdin will be written; otherwise the command reads end-of-file at once. */
  readonly stdin: boolean;
  /** After how many milliseconds the target itself ends the command, whatever became of the client. */
  readonly deadlineMs?: number;
  /** Milliseconds between the target's own SIGTERM and SIGKILL. */
  readonly killGraceMs: number;
  /** What the target sends first when it ends the command itself. Default SIGTERM. */
  readonly killSignal?: Signal;
  /** After how many milliseconds without output a target that keeps deadlines itself ends the command. */
  readonly idleTimeoutMs?: number;
  /** With `supports.stdinAhead`: all of stdin; absent where there is none. */
  readonly input?: Uint8Array;
  readonly tenant?: string;
  /**
   * With `supports.idempotency: 'target'`, under an `idempotencyKey`, of which `executionId` is made then: what was submitted, as a hash that nobody can guess
   * who does not know the key. Where something else is there by that id, it is `EXEC_CONFLICT`.
   */
  readonly print?: string;
  /** With `launch: 'line'`: what to run, in place of everything above. */
  readonly line?: string;
}

/** How far a driver's signal goes: the command's process group, or everything that `supports.containment` reaches. */
export type KillScope = 'group' | 'tree';

/** A process that runs. The engine reads both streams to their end, whatever the caller does. */
export interface DriverProcess {
  /** With `request.stdin` only. */
  readonly stdin?: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves at the main process's exit, before the streams ended; rejects when that can never be known. */
  readonly exit: Promise<ProcessExit>;
  /**
   * Where the exit comes by another way than the output, and may overtake it: resolves once all that the process wrote has come, or can be on
   * its way no more. Until then no stream is taken for quiet. The driver bounds it; it never rejects. Default: with the exit.
   */
  readonly delivered?: Promise<void>;
  /**
   * Sends a signal, also after the main process exited (to what it left). Resolves to whether anything was there to
   * get it. `SIG0` looks without sending.
   */
  kill?(signal: Signal | 'SIG0', scope: KillScope): Promise<boolean>;
  /** Whether a process of the command is certainly blocked in reading its stdin. Needed where `supports.inputWait`; to reject is to say no. */
  waitsForInput?(): Promise<boolean>;
  /**
   * Of a target where `supports.kill` is false: nobody waits for the command any more. Either `exit` rejects with this reason, since
   * nothing reaches the command, or it tells the end that the target was asked for.
   */
  cancel?(reason: string): void;
  /**
   * Asks whether it has ended, where that is not told by itself: asked before a deadline ends it, since this process may have been blocked
   * while it ended in time. Resolves once `exit` would have been settled; never rejects, and takes a second at most.
   */
  look?(): Promise<void>;
  /** How many bytes at the end of a stream were not kept, on the target or here; known at its end. Never rejects. Default: none. */
  dropped?(stream: 'stdout' | 'stderr'): Promise<number>;
  /**
   * Follows it no more, and `exit` rejects with this reason. A detached execution goes on. Of another one it means that it was ended, and
   * its end not seen: what ran it is not to be used again.
   */
  letGo?(reason: string): void;
}

/** How the main process ended. */
export interface ProcessExit {
  readonly exitCode?: number;
  readonly signal?: Signal;
  readonly cause?: EndCause;
  readonly outOfMemory?: boolean;
  /** The target kept the deadline. */
  readonly timedOut?: boolean;
  /** The target kept `idleTimeoutMs`. */
  readonly idleTimedOut?: boolean;
  /** The target was asked to end it, and did. */
  readonly cancelled?: boolean;
  /** Why, in the target's words, in place of what the other fields say. */
  readonly reason?: string;
  /** Something of it may go on: a result waits to learn whether something was there to be ended. */
  readonly mayHaveLeft?: boolean;
  readonly usage?: ResourceUsage;
}

/** Bytes to and from a shell on the target. */
export interface ByteChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the shell is gone, however; what it left may have its streams still. Rejects where the connection to it was lost. */
  readonly closed: Promise<void>;
  /** See `DriverProcess.delivered`: `closed` may overtake output. Default: what is on its way then comes within a moment. */
  readonly delivered?: Promise<void>;
  /**
   * The shell is used no more. Where both of its streams come as one, what is on its way is taken from now on, whoever reads of which, so
   * that a reader of one does not hold back what the other says of the end. A bound on how much is the driver's.
   */
  release?(): void;
  destroy(): void;
}

/** What runs in a terminal, checked and complete. */
export interface TerminalRequest {
  readonly executionId: string;
  /** Value of `ERRAND_EXECUTION` in the command's environment; how leftovers are found. */
  readonly marker: string;
  /** Default: the login shell. */
  readonly command?: Command;
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user?: string;
  readonly shell: string;
  readonly columns: number;
  readonly rows: number;
  /** Value of TERM, whatever `env` says. */
  readonly term: string;
  /** Milliseconds between SIGHUP and SIGKILL. */
  readonly killGraceMs: number;
}

/** A PTY on the target. */
export interface DriverTerminal {
  /** Ends when all that came before the exit was given. Destroying it hangs up. It emits no error that nobody listens for. */
  readonly stream: Duplex;
  /** Resolves once the main process exited, read or not; rejects when that can never be known. */
  readonly exit: Promise<ProcessExit>;
  /** Called before the exit only. */
  resize(columns: number, rows: number): Promise<void>;
  /** As `DriverProcess.kill`; the scope `group` is everything in the terminal's session. Without it an ending only hangs up. */
  kill?(signal: Signal | 'SIG0', scope: KillScope): Promise<boolean>;
}

/** A PTY that is asked of a driver with `launch: 'line'`. Nothing in it is secret. */
export interface PtyRequest {
  readonly line: string;
  readonly columns: number;
  readonly rows: number;
  /** Value of TERM. */
  readonly term: string;
}

/** A PTY on the target in which a line of shell runs. */
export interface DriverPty {
  /** What is typed. It is never ended. */
  readonly stdin: Writable;
  /** Ends when all that came before the exit was given. */
  readonly stdout: Readable;
  /** As `DriverTerminal.exit`. */
  readonly exit: Promise<ProcessExit>;
  resize(columns: number, rows: number): Promise<void>;
  /** Hangs up: the session's leader gets SIGHUP. */
  destroy(): void;
}

/** What an `exit` rejects with where nobody can know it, since the connection was lost: the result's `cause`. */
export class ConnectionLost extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConnectionLost';
  }

  /** What is known of an exit that is not: `fault` is what it rejected with. */
  static exitOf(fault: unknown): ProcessExit {
    return fault instanceof ConnectionLost ? { cause: 'connection-lost' } : {};
  }
}

/** Thrown by `Driver.start` when the command certainly did not start; `error` is what the caller gets. */
export class NotStarted extends Error {
  readonly error: ExecError;

  constructor(error: ExecError) {
    super(error.message, { cause: error });
    this.name = 'NotStarted';
    this.error = error;
  }
}
